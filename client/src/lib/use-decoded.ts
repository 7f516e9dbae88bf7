import { useEffect, useState } from 'react'

type Decoded = { url: string; attempt: number; state: 'ready' | 'broken' }

/**
 * Whether the picture at `url` has been fetched and decoded, so that showing it cannot flash. Another `attempt` tries the
 * same address anew; until it ends, what the one before found stands.
 */
export function useDecoded(url: string | null, attempt = 0): 'none' | 'loading' | 'ready' | 'broken' {
  const [decoded, setDecoded] = useState<Decoded | null>(null)
  useEffect(() => {
    if (url === null) return
    let current = true
    const image = new Image()
    image.src = url
    image.decode().then(
      () => current && setDecoded({ url, attempt, state: 'ready' }),
      () => current && setDecoded({ url, attempt, state: 'broken' }),
    )
    return () => {
      current = false
    }
  }, [url, attempt])
  if (url === null) return 'none'
  return decoded?.url === url ? decoded.state : 'loading'
}
