import {
  Brush,
  CircleDashed,
  Contrast,
  Eraser,
  Grid3x3,
  LassoSelect,
  Minus,
  PaintBucket,
  Plus,
  Redo2,
  SquareDashed,
  Trash2,
  Undo2,
} from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import type { CSSProperties } from 'react'
import { maskLimits } from '#shared/mask/rules.ts'
import { maskCopy } from '#client/app/mask-copy.ts'
import { redo, undo } from '#client/lib/history.ts'
import { useHistory } from '#client/lib/use-history.ts'
import { useStore } from '#client/lib/use-store.ts'
import type { MaskDoc } from './core/doc.ts'
import { fillAll } from './core/doc.ts'
import { invert } from './core/raster.ts'
import { GridCount } from './grid-mask.tsx'
import { brushRange, patchTools, setSize, sizeNow, stepSize, toolNames, toolsStore } from './tools.ts'
import type { ToolName } from './tools.ts'
import { takenOverStore } from './other-tabs.ts'
import { useMaskFacts } from './use-mask.ts'

const icons: Record<ToolName, LucideIcon> = {
  brush: Brush,
  erase: Eraser,
  rectangle: SquareDashed,
  ellipse: CircleDashed,
  lasso: LassoSelect,
  fill: PaintBucket,
  grid: Grid3x3,
}
/** Tools that a phone shows in the mask section instead, where there is room. */
const wideOnly: ReadonlySet<ToolName> = new Set(['ellipse', 'fill', 'grid'])

/** The tools as radio buttons: one is always chosen. */
export function ToolChoice({ only, name }: { only: 'bar' | 'rest'; name: string }) {
  const { tool } = useStore(toolsStore)
  const shown = only === 'bar' ? toolNames : toolNames.filter((one) => wideOnly.has(one))
  return (
    <fieldset className="tool-choice">
      <legend className="sr">{maskCopy.tool}</legend>
      {shown.map((one) => {
        const Icon = icons[one]
        const [title, key] = maskCopy.names[one]
        return (
          <label
            key={one}
            className={only === 'bar' && wideOnly.has(one) ? 'icon only-desk' : 'icon'}
            title={`${title}  ${key}`}
          >
            <input
              type="radio"
              name={name}
              className="sr"
              aria-label={title}
              checked={tool === one}
              onChange={() => patchTools({ tool: one })}
            />
            <Icon className="i" aria-hidden />
          </label>
        )
      })}
    </fieldset>
  )
}

type AmountProps = {
  id: string
  title: string
  value: number
  range: { min: number; max: number }
  /** Where on the track a value lies, 0 to 1; even when absent. */
  onChange: (value: number) => void
}

function Amount({ id, title, value, range, onChange }: AmountProps) {
  const share = ((value - range.min) / (range.max - range.min)) * 100
  return (
    <div className="tool-amount">
      <label htmlFor={id}>{title}</label>
      <input
        id={id}
        type="range"
        min={range.min}
        max={range.max}
        value={value}
        style={{ '--v': `${share}%` } as CSSProperties}
        onChange={(event) => onChange(Number(event.target.value))}
      />
      <span className="num">{value}</span>
    </div>
  )
}

/** What changes the whole mask at once. */
function Whole({ doc }: { doc: MaskDoc }) {
  const { coverage } = useMaskFacts(doc)
  const { canUndo, canRedo } = useHistory()
  const turn = () => {
    doc.paint(invert)
    doc.commit()
  }
  return (
    <div className="row gap-0 whole">
      <button
        type="button"
        className="icon"
        aria-label={maskCopy.undo}
        title={maskCopy.undo}
        disabled={!canUndo}
        onClick={undo}
      >
        <Undo2 className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="icon"
        aria-label={maskCopy.redo}
        title={maskCopy.redo}
        disabled={!canRedo}
        onClick={redo}
      >
        <Redo2 className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="icon"
        aria-label={maskCopy.invert}
        title={`${maskCopy.invert}  I`}
        onClick={turn}
      >
        <Contrast className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="icon only-desk"
        aria-label={maskCopy.clear}
        title={maskCopy.clear}
        disabled={coverage === 0}
        onClick={() => fillAll(doc, 0)}
      >
        <Trash2 className="i" aria-hidden />
      </button>
    </div>
  )
}

/** The line of tools under the picture. */
export function MaskTools({ doc, imageKey }: { doc: MaskDoc; imageKey: string }) {
  const tools = useStore(toolsStore)
  const takenOver = useStore(takenOverStore).has(imageKey)
  const { feather } = useMaskFacts(doc)
  return (
    <div className="state tools">
      {/* A toolbar is announced as one thing; its tools are plain radio buttons and buttons. */}
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role */}
      <div className="tool-line" role="group" aria-label={maskCopy.tools}>
        <ToolChoice only="bar" name="mask-tool" />
        <div className="tool-amounts only-desk">
          <button
            type="button"
            className="icon"
            aria-label={maskCopy.smaller}
            title={`${maskCopy.smaller}  [`}
            onClick={() => stepSize(-1, false)}
          >
            <Minus className="i" aria-hidden />
          </button>
          <Amount id="mask-size" title={maskCopy.size} value={sizeNow(tools)} range={brushRange} onChange={setSize} />
          <button
            type="button"
            className="icon"
            aria-label={maskCopy.larger}
            title={`${maskCopy.larger}  ]`}
            onClick={() => stepSize(1, false)}
          >
            <Plus className="i" aria-hidden />
          </button>
          <Amount
            id="mask-feather"
            title={maskCopy.feather}
            value={feather}
            range={maskLimits.feather}
            onChange={(value) => doc.soften({ feather: value }, Date.now())}
          />
        </div>
        <Whole doc={doc} />
      </div>
      <p className={tools.tool === 'grid' ? 'hint' : 'hint only-desk'}>
        {tools.tool === 'grid' ? <GridCount doc={doc} /> : maskCopy.hint}
      </p>
      <p role="alert" className={takenOver ? 'hint' : 'sr'}>
        {takenOver && maskCopy.takenOver}
      </p>
    </div>
  )
}
