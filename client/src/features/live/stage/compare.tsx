import { ArrowRightLeft } from 'lucide-react'
import { useState } from 'react'
import type { CSSProperties } from 'react'
import { copy } from '#client/app/copy.ts'
import { useStore } from '#client/lib/use-store.ts'
import { flippedStore } from '../result/view.ts'
import { useHeldKey } from './use-held-key.ts'

type CompareProps = { before: string; after: string; alt: string; fresh: boolean }

/** Before and after under one handle: two pictures and a range input, so keyboard and touch come free. */
export function Compare({ before, after, alt, fresh }: CompareProps) {
  const [at, setAt] = useState(fresh ? 0 : 50)
  useHeldKey()
  const flipped = useStore(flippedStore)
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
