import { useEffect, useState } from 'react'

type Decoded = { url: string; state: 'ready' | 'broken' }

/** Whether the picture at `url` has been fetched and decoded, so that showing it cannot flash. */
export function useDecoded(url: string | null): 'none' | 'loading' | 'ready' | 'broken' {
  const [decoded, setDecoded] = useState<Decoded | null>(null)
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
  }, [url])
  if (url === null) return 'none'
  return decoded?.url === url ? decoded.state : 'loading'
}
