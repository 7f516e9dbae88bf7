import { useState } from 'react'
import { maskCopy } from '#client/app/mask-copy.ts'
import type { MaskDoc } from './core/doc.ts'
import { fillEllipse, fillRect } from './core/raster.ts'

const names = ['left', 'top', 'width', 'height'] as const

/** A rectangle or an ellipse typed as numbers: painting without a pointer. Pixels of the work image. */
export function ByNumbers({ doc }: { doc: MaskDoc }) {
  const { width, height } = doc.raster
  const [kind, setKind] = useState<'rectangle' | 'ellipse'>('rectangle')
  const [box, setBox] = useState({
    left: Math.round(width / 4),
    top: Math.round(height / 4),
    width: Math.round(width / 2),
    height: Math.round(height / 2),
  })
  const draw = (value: number) => {
    const a = { x: box.left, y: box.top }
    const b = { x: box.left + box.width, y: box.top + box.height }
    doc.paint((raster) => (kind === 'rectangle' ? fillRect(raster, a, b, value) : fillEllipse(raster, a, b, value)))
    doc.commit()
  }
  return (
    <details className="by-numbers">
      <summary>{maskCopy.numbers}</summary>
      <select
        className="field"
        aria-label={maskCopy.shape}
        value={kind}
        onChange={(event) => setKind(event.target.value === 'ellipse' ? 'ellipse' : 'rectangle')}
      >
        <option value="rectangle">{maskCopy.shapes.rectangle}</option>
        <option value="ellipse">{maskCopy.shapes.ellipse}</option>
      </select>
      <div className="box">
        {names.map((name) => (
          <label key={name}>
            <span className="hint">{maskCopy.fields[name]}</span>
            <input
              className="numfield"
              type="number"
              min={0}
              max={name === 'left' || name === 'width' ? width : height}
              value={box[name]}
              onChange={(event) => setBox({ ...box, [name]: Number(event.target.value) })}
            />
          </label>
        ))}
      </div>
      <div className="row">
        <button type="button" className="btn small" onClick={() => draw(255)}>
          {maskCopy.add}
        </button>
        <button type="button" className="btn quiet small" onClick={() => draw(0)}>
          {maskCopy.take}
        </button>
      </div>
    </details>
  )
}
