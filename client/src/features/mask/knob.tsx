import { useId, useState } from 'react'
import type { CSSProperties } from 'react'

type KnobProps = {
  title: string
  value: number
  range: { min: number; max: number }
  onChange: (value: number) => void
}

/** A fader with its number beside it, both of the same whole number. */
export function Knob({ title, value, range, onChange }: KnobProps) {
  const id = useId()
  const [typed, setTyped] = useState<string | null>(null)
  const share = ((value - range.min) / (range.max - range.min)) * 100
  const signed = range.min < 0 && value > 0 ? `+${value}` : String(value)
  return (
    <div className="dial">
      <label htmlFor={id}>{title}</label>
      <input
        className="numfield"
        aria-label={`${title}, px`}
        value={typed ?? signed}
        onChange={(event) => {
          setTyped(event.target.value)
          const number = Number(event.target.value)
          if (event.target.value.trim() !== '' && Number.isInteger(number)) {
            onChange(Math.min(range.max, Math.max(range.min, number)))
          }
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
          style={{ '--v': `${share}%` } as CSSProperties}
          onChange={(event) => onChange(Number(event.target.value))}
        />
      </div>
    </div>
  )
}
