import { jobLimits } from '#shared/jobs/rules.ts'
import type { SliderView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import { useStore } from '#client/lib/use-store.ts'
import { Dial } from './dial.tsx'
import { SeedLine } from './seed-line.tsx'
import { draftStore, patchDraft } from './draft-store.ts'

const counts = Array.from({ length: jobLimits.count.max }, (_, index) => index + jobLimits.count.min)

/** Sliders, seed and number of images. */
export function Dials({ sliders, onCopied }: { sliders: readonly SliderView[]; onCopied: () => void }) {
  const draft = useStore(draftStore)
  return (
    <>
      <section data-tab="settings">
        <h2 className="sr">{copy.bench.settings}</h2>
        <div className="dials">
          {sliders.map((slider) => (
            <Dial
              key={slider.key}
              slider={slider}
              value={draft[slider.key]}
              last={draft.last ? draft.last[slider.key] : null}
              onChange={(value) => patchDraft({ [slider.key]: value })}
            />
          ))}
        </div>
      </section>
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
                  checked={draft.count === count}
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
