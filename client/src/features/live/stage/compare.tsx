import { ArrowRightLeft } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { CSSProperties } from 'react'
import { copy } from '#client/app/copy.ts'
import { singleKeysStore } from '#client/lib/single-keys.ts'

type CompareProps = { before: string; after: string; alt: string; fresh: boolean }

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    /^(input|textarea|select)$/i.test(target.tagName) &&
    target.getAttribute('type') !== 'range'
  )
}

/** True while C is held down, off while typing. */
function useFlip(): boolean {
  const [flipped, setFlipped] = useState(false)
  useEffect(() => {
    const listening = new AbortController()
    const { signal } = listening
    window.addEventListener(
      'keydown',
      (event) => {
        const plain = !event.ctrlKey && !event.metaKey && !event.altKey
        if (plain && singleKeysStore.get() && event.code === 'KeyC' && !isTyping(event.target)) setFlipped(true)
      },
      { signal },
    )
    window.addEventListener('keyup', (event) => event.code === 'KeyC' && setFlipped(false), { signal })
    window.addEventListener('blur', () => setFlipped(false), { signal })
    return () => listening.abort()
  }, [])
  return flipped
}

/** Before and after under one handle: two pictures and a range input, so keyboard and touch come free. */
export function Compare({ before, after, alt, fresh }: CompareProps) {
  const [at, setAt] = useState(fresh ? 0 : 50)
  const flipped = useFlip()
  const classes = ['plate', 'compare', fresh ? 'quench' : '', flipped ? 'flipped' : ''].filter(Boolean).join(' ')
  return (
    <figure className={classes} style={{ '--x': `${at}%` } as CSSProperties}>
      <img src={before} alt={copy.result.before} />
      <img className="after-img" src={after} alt={alt} data-testid="result" />
      {at > 0 && at < 100 && <i className="split" />}
      <span className="grip" aria-hidden>
        <ArrowRightLeft className="i" />
      </span>
      <input
        type="range"
        min={0}
        max={100}
        value={at}
        aria-label={copy.result.compare}
        onChange={(event) => setAt(Number(event.target.value))}
      />
    </figure>
  )
}
