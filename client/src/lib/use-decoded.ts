import { useEffect, useState } from 'react'

type Decoded = { url: string; state: 'ready' | 'broken' }

/**
 * Whether the picture at `url` has been fetched and decoded, so that showing it cannot flash. Another `attempt` tries the
 * same address anew.
 */
export function useDecoded(url: string | null, attempt = 0): 'none' | 'loading' | 'ready' | 'broken' {
  const [decoded, setDecoded] = useState<Decoded | null>(null)
  // oxlint-disable-next-line react/exhaustive-effect-dependencies -- an attempt is a reason of its own
  useEffect(() => {
    if (url === null) return
    let current = true
    const image = new Image()
    image.src = url
    image.decode().then(
      () => current && setDecoded({ url, state: 'ready' }),
      () => current && setDecoded({ url, state: 'broken' }),
    )
    return () => {
      current = false
    }
  }, [url, attempt])
  if (url === null) return 'none'
  return decoded?.url === url ? decoded.state : 'loading'
}
