import { Redo2, SlidersHorizontal, Undo2 } from 'lucide-react'
import { lazy } from 'react'
import type { CSSProperties } from 'react'
import type { ModeView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import { redo, undo } from '#client/lib/history.ts'
import { useHistory } from '#client/lib/use-history.ts'
import { useStore } from '#client/lib/use-store.ts'
import { Dial } from './dial.tsx'
import { Pop } from './pop.tsx'
import { SeedLine } from './seed-line.tsx'
import { aspects, modeDraft } from './core/draft.ts'
import { draftStore, patchMode } from './draft-store.ts'

const PresetShelf = lazy(async () => ({ default: (await import('./preset-shelf.tsx')).PresetShelf }))

/** The shape of an image that is made from words alone. */
function Aspect({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  return (
    <section data-tab="settings" className="tight">
      <fieldset className="countline">
        <legend className="sr">{copy.bench.shape}</legend>
        <span className="legend" aria-hidden>
          {copy.bench.shape}
        </span>
        <div className="segments shapes">
          {aspects.map((one) => (
            <label key={one.name} title={one.name}>
              <input
                type="radio"
                name="aspect"
                value={one.name}
                aria-label={one.name}
                checked={Math.abs(one.value - value) < 0.01}
                onChange={() => onChange(one.value)}
              />
              <i aria-hidden style={{ '--ar': one.value } as CSSProperties} />
              <span className="num">{one.name}</span>
            </label>
          ))}
        </div>
      </fieldset>
    </section>
  )
}

/** Settings under a name, and what was done to the bench back and forth. */
function SettingsHead({ mode }: { mode: ModeView }) {
  const { canUndo, canRedo } = useHistory()
  return (
    <div className="head-row">
      <h2 className="label">{copy.bench.settings}</h2>
      <span className="row gap-0 head-tools">
        <Pop label={copy.bench.presets} icon={<SlidersHorizontal className="i" aria-hidden />}>
          {(close) => <PresetShelf mode={mode} onApplied={close} />}
        </Pop>
        <button
          type="button"
          className="icon"
          aria-label={copy.bench.undo}
          title={copy.bench.undo}
          disabled={!canUndo}
          onClick={undo}
        >
          <Undo2 className="i" aria-hidden />
        </button>
        <button
          type="button"
          className="icon"
          aria-label={copy.bench.redo}
          title={copy.bench.redo}
          disabled={!canRedo}
          onClick={redo}
        >
          <Redo2 className="i" aria-hidden />
        </button>
      </span>
    </div>
  )
}

/** Sliders, shape and seed. */
export function Dials({ mode, onCopied }: { mode: ModeView; onCopied: () => void }) {
  const draft = modeDraft(useStore(draftStore), mode.key)
  const shapeless = mode.aspect && draft.slots.length === 0
  return (
    <>
      <section data-tab="settings">
        <SettingsHead mode={mode} />
        <div className="dials">
          {mode.sliders.map((slider) => (
            <Dial
              key={slider.key}
              title={slider.title}
              stops={slider.stops}
              standard={slider.default}
              value={draft[slider.key]}
              last={draft.last ? draft.last[slider.key] : null}
              onChange={(value) => patchMode(mode.key, { [slider.key]: value })}
            />
          ))}
        </div>
      </section>
      {shapeless && <Aspect value={draft.aspect} onChange={(aspect) => patchMode(mode.key, { aspect })} />}
      <section data-tab="settings" className="tight">
        <SeedLine onCopied={onCopied} />
      </section>
    </>
  )
}
