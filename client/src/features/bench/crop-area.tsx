import { useRef } from 'react'
import type { CSSProperties, KeyboardEvent, PointerEvent } from 'react'
import { cropCopy } from '#client/app/crop-copy.ts'
import { moved, resized } from './core/crop.ts'
import type { Corner, Crop } from './core/crop.ts'
import type { Size } from './core/size.ts'

const corners: readonly Corner[] = ['nw', 'ne', 'sw', 'se']
const steps: Partial<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}
/** How far one key moves or stretches, as a share of the image. */
const stride = 0.01

type CropAreaProps = {
  picture: string
  size: Size
  crop: Crop
  aspect: number | null
  onChange: (crop: Crop) => void
}

/** The image with the part that is kept; dragged inside to move, by a corner to change its size. */
export function CropArea({ picture, size, crop, aspect, onChange }: CropAreaProps) {
  const frame = useRef<HTMLDivElement>(null)
  const drag = useRef<{ corner: Corner | null; at: { x: number; y: number }; from: Crop } | null>(null)
  const shape = { aspect, image: size }

  function placeOf(event: PointerEvent): { x: number; y: number } {
    const box = frame.current?.getBoundingClientRect()
    if (!box) return { x: 0, y: 0 }
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height }
  }
  function start(event: PointerEvent, corner: Corner | null): void {
    event.stopPropagation()
    event.currentTarget.setPointerCapture(event.pointerId)
    drag.current = { corner, at: placeOf(event), from: crop }
  }
  function move(event: PointerEvent): void {
    const held = drag.current
    if (!held) return
    const at = placeOf(event)
    const by = { x: at.x - held.at.x, y: at.y - held.at.y }
    onChange(held.corner ? resized(held.from, held.corner, by, shape) : moved(held.from, by.x, by.y))
  }
  function end(): void {
    drag.current = null
  }
  function onKeyDown(event: KeyboardEvent): void {
    const step = steps[event.key]
    if (!step) return
    event.preventDefault()
    const by = { x: step[0] * stride, y: step[1] * stride }
    onChange(event.shiftKey ? resized(crop, 'se', by, shape) : moved(crop, by.x, by.y))
  }

  const box = {
    '--x': `${crop.x * 100}%`,
    '--y': `${crop.y * 100}%`,
    '--w': `${crop.width * 100}%`,
    '--h': `${crop.height * 100}%`,
    '--ar': `${size.width} / ${size.height}`,
  } as CSSProperties
  return (
    <div ref={frame} className="crop-frame" style={box}>
      <img src={picture} alt="" draggable={false} />
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- it takes the focus and its keys */}
      <div
        className="crop-box"
        // Moved and stretched by keys; the fields beside it say the same in numbers.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the frame is moved by keys
        tabIndex={0}
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a fieldset would put a form group on a picture
        role="group"
        aria-label={cropCopy.area}
        data-testid="crop-box"
        onKeyDown={onKeyDown}
        onPointerDown={(event) => start(event, null)}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={end}
      >
        {corners.map((corner) => (
          <span
            key={corner}
            className="crop-corner"
            data-corner={corner}
            aria-hidden
            onPointerDown={(event) => start(event, corner)}
          />
        ))}
      </div>
    </div>
  )
}
