import type { CSSProperties } from 'react'
import { jobLimits } from '#shared/jobs/rules.ts'
import type { ModeView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import { useStore } from '#client/lib/use-store.ts'
import { Dial } from './dial.tsx'
import { SeedLine } from './seed-line.tsx'
import { aspects, modeDraft } from './core/draft.ts'
import { draftStore, patchDraft, patchMode } from './draft-store.ts'

const counts = Array.from({ length: jobLimits.count.max }, (_, index) => index + jobLimits.count.min)

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

/** Sliders, shape, seed and number of images. */
export function Dials({ mode, onCopied }: { mode: ModeView; onCopied: () => void }) {
  const shared = useStore(draftStore)
  const draft = modeDraft(shared, mode.key)
  const shapeless = mode.aspect && draft.slots.length === 0
  return (
    <>
      {mode.sliders.length > 0 && (
        <section data-tab="settings">
          <h2 className="sr">{copy.bench.settings}</h2>
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
      )}
      {shapeless && <Aspect value={draft.aspect} onChange={(aspect) => patchMode(mode.key, { aspect })} />}
      <section data-tab="settings" className="tight">
        <SeedLine onCopied={onCopied} />
      </section>
      <section data-tab="settings" className="tight">
        <fieldset className="countline">
          <legend className="sr">{copy.bench.images}</legend>
          <span className="legend" aria-hidden>
            {copy.bench.images}
          </span>
          <div className="segments">
            {counts.map((count) => (
              <label key={count}>
                <input
                  type="radio"
                  name="count"
                  value={count}
                  checked={shared.count === count}
                  onChange={() => patchDraft({ count })}
                />
                <span className="num">{count}</span>
              </label>
            ))}
          </div>
        </fieldset>
      </section>
    </>
  )
}
