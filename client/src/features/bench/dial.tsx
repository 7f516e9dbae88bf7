import { useId, useState } from 'react'
import type { CSSProperties } from 'react'
import type { SliderView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import { parseSlider } from './core/draft.ts'

type DialProps = {
  slider: SliderView
  value: number
  /** Value of the last press, shown as a tick; null before the first. */
  last: number | null
  onChange: (value: number) => void
}

/** A named slider: fader, number field, stops to click. Double-click on the fader goes back to the default. */
export function Dial({ slider, value, last, onChange }: DialProps) {
  const id = useId()
  // Text while it is being typed; what is not a number yet never reaches the draft.
  const [typed, setTyped] = useState<string | null>(null)
  const fill = { '--v': `${value}%` } as CSSProperties
  return (
    <div className="dial">
      <label htmlFor={id}>{slider.title}</label>
      <input
        className="numfield"
        inputMode="numeric"
        aria-label={copy.bench.number(slider.title)}
        value={typed ?? String(value)}
        onChange={(event) => {
          setTyped(event.target.value)
          const parsed = parseSlider(event.target.value)
          if (parsed !== null) onChange(parsed)
        }}
        onBlur={() => setTyped(null)}
      />
      <div className="track">
        <input
          id={id}
          type="range"
          min={0}
          max={100}
          value={value}
          style={fill}
          title={copy.bench.reset}
          onChange={(event) => onChange(Number(event.target.value))}
          onDoubleClick={() => onChange(slider.default)}
        />
        {last !== null && last !== value && (
          <i className="last" style={{ '--last': last } as CSSProperties} title={copy.bench.lastUsed(last)} />
        )}
      </div>
      <div className="stops">
        {slider.stops.map((stop) => (
          <button key={stop.name} type="button" aria-pressed={value === stop.at} onClick={() => onChange(stop.at)}>
            {stop.name}
          </button>
        ))}
      </div>
    </div>
  )
}
