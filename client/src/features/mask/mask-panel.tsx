import { Eye, EyeOff, Scan, Trash2, Upload } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import type { CSSProperties } from 'react'
import { maskLimits } from '#shared/mask/rules.ts'
import { maskCopy } from '#client/app/mask-copy.ts'
import { useStore } from '#client/lib/use-store.ts'
import type { MaskDoc } from './core/doc.ts'
import { fillAll } from './core/doc.ts'
import { ByNumbers } from './by-numbers.tsx'
import { Knob } from './knob.tsx'
import { ToolChoice } from './mask-tools.tsx'
import { readMaskFile } from './read-mask.ts'
import type { MaskFileProblem } from './read-mask.ts'
import { brushRange, colourNames, patchTools, setSize, sizeNow, toolsStore } from './tools.ts'
import { useMaskFacts } from './use-mask.ts'

function Overlay() {
  const { colour, opacity, hidden } = useStore(toolsStore)
  const id = useId()
  return (
    <div className="overlay-line">
      <label htmlFor={id}>{maskCopy.overlay}</label>
      <fieldset className="swatches">
        <legend className="sr">{maskCopy.overlayColour}</legend>
        {colourNames.map((one) => (
          <label key={one} title={maskCopy.colours[one]} data-colour={one}>
            <input
              type="radio"
              name="overlay-colour"
              className="sr"
              aria-label={maskCopy.colours[one]}
              checked={colour === one}
              onChange={() => patchTools({ colour: one })}
            />
          </label>
        ))}
      </fieldset>
      <input
        id={id}
        type="range"
        min={10}
        max={100}
        step={5}
        value={Math.round(opacity * 100)}
        aria-label={maskCopy.opacity}
        style={{ '--v': `${((opacity - 0.1) / 0.9) * 100}%` } as CSSProperties}
        onChange={(event) => patchTools({ opacity: Number(event.target.value) / 100 })}
      />
      <button
        type="button"
        className="icon"
        aria-pressed={hidden}
        aria-label={maskCopy.hide}
        title={`${maskCopy.hide}  \\`}
        onClick={() => patchTools({ hidden: !hidden })}
      >
        {hidden ? <EyeOff className="i" aria-hidden /> : <Eye className="i" aria-hidden />}
      </button>
    </div>
  )
}

/** A mask from a file, white = repaint. One of another size is put to use only when asked to fit. */
function UploadMask({ doc }: { doc: MaskDoc }) {
  const input = useRef<HTMLInputElement>(null)
  const [problem, setProblem] = useState<(MaskFileProblem & { file: Blob }) | null>(null)
  const take = async (file: Blob, fit: boolean) => {
    const found = await readMaskFile(file, doc, fit)
    setProblem(found && { ...found, file })
  }
  return (
    <>
      <button type="button" className="btn quiet small" onClick={() => input.current?.click()}>
        <Upload className="i" aria-hidden />
        {maskCopy.upload}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept="image/png,image/webp,image/jpeg"
        data-testid="mask-file"
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (file) void take(file, false)
        }}
      />
      <p role="alert" className={problem ? 'bad w-full' : 'sr'}>
        {problem?.sentence}
      </p>
      {problem?.size && (
        <button type="button" className="btn small" onClick={() => void take(problem.file, true)}>
          {maskCopy.fitMask}
        </button>
      )}
    </>
  )
}

/** Everything about the mask that is not painting: how its edge is softened, how it is shown, shapes by numbers. */
export function MaskPanel({ doc }: { doc: MaskDoc }) {
  const { coverage, grow, feather } = useMaskFacts(doc)
  const tools = useStore(toolsStore)
  const soften = (patch: { grow?: number; feather?: number }) => doc.soften(patch, Date.now())
  return (
    <section data-tab="mask" aria-label={maskCopy.title}>
      <div className="head-row">
        <h2 className="label">{maskCopy.title}</h2>
        <span className="num hint" data-testid="mask-share">
          {maskCopy.painted(coverage)}
        </span>
      </div>
      <div className="dials">
        <div className="only-phone">
          <Knob title={maskCopy.size} value={sizeNow(tools)} range={brushRange} onChange={setSize} />
        </div>
        <Knob
          title={maskCopy.grow}
          value={grow}
          range={maskLimits.grow}
          onChange={(value) => soften({ grow: value })}
        />
        <div className="only-phone">
          <Knob
            title={maskCopy.feather}
            value={feather}
            range={maskLimits.feather}
            onChange={(value) => soften({ feather: value })}
          />
        </div>
        <Overlay />
        <div className="mask-acts">
          <span className="only-phone">
            <ToolChoice only="rest" name="mask-tool-more" />
          </span>
          <button
            type="button"
            className="btn quiet small only-phone"
            disabled={coverage === 0}
            onClick={() => fillAll(doc, 0)}
          >
            <Trash2 className="i" aria-hidden />
            {maskCopy.clear}
          </button>
          <button type="button" className="btn quiet small" disabled={coverage === 1} onClick={() => fillAll(doc, 255)}>
            <Scan className="i" aria-hidden />
            {maskCopy.all}
          </button>
          <UploadMask doc={doc} />
        </div>
        <div className="mask-rest">
          <ByNumbers doc={doc} />
          <label className="check" title={maskCopy.pressureWhy}>
            <input
              type="checkbox"
              checked={tools.pressure}
              onChange={(event) => patchTools({ pressure: event.target.checked })}
            />
            {maskCopy.pressure}
          </label>
        </div>
      </div>
    </section>
  )
}
