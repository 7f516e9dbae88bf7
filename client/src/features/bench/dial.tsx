import { useId, useState } from 'react'
import type { CSSProperties } from 'react'
import { jobLimits } from '#shared/jobs/rules.ts'
import { copy } from '#client/app/copy.ts'
import { parseSlider } from './core/draft.ts'

type DialProps = {
  title: string
  value: number
  /** Double-click goes back to it. */
  standard: number
  range?: { min: number; max: number }
  /** Named values to click, in rising order. */
  stops?: readonly { at: number; name: string }[]
  /** Value of the last press, shown as a tick; null before the first. */
  last?: number | null
  onChange: (value: number) => void
}

/** A named slider: fader, number field, stops to click. Double-click on the fader goes back to the default. */
export function Dial(props: DialProps) {
  const { title, value, standard, range = jobLimits.slider, stops = [], last = null, onChange } = props
  const id = useId()
  // Text while it is being typed; what is not a number yet never reaches the draft.
  const [typed, setTyped] = useState<string | null>(null)
  const share = (at: number) => ((at - range.min) / (range.max - range.min)) * 100
  const fill = { '--v': `${share(value)}%` } as CSSProperties
  return (
    <div className="dial">
      <label htmlFor={id}>{title}</label>
      <input
        className="numfield"
        inputMode={range.min < 0 ? 'text' : 'numeric'}
        aria-label={copy.bench.number(title)}
        value={typed ?? String(value)}
        onChange={(event) => {
          setTyped(event.target.value)
          const parsed = parseSlider(event.target.value, range)
          if (parsed !== null) onChange(parsed)
        }}
        onBlur={() => setTyped(null)}
      />
      <div className="track">
        <input
          id={id}
          type="range"
          min={range.min}
          max={range.max}
          value={value}
          style={fill}
          title={copy.bench.reset}
          onChange={(event) => onChange(Number(event.target.value))}
          onDoubleClick={() => onChange(standard)}
        />
        {last !== null && last !== value && (
          <i className="last" style={{ '--last': share(last) } as CSSProperties} title={copy.bench.lastUsed(last)} />
        )}
      </div>
      {stops.length > 0 && (
        <div className="stops">
          {stops.map((stop) => (
            <button key={stop.name} type="button" aria-pressed={value === stop.at} onClick={() => onChange(stop.at)}>
              {stop.name}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
