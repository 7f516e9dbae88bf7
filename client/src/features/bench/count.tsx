import { jobLimits } from '#shared/jobs/rules.ts'
import { copy } from '#client/app/copy.ts'
import { useStore } from '#client/lib/use-store.ts'
import { draftStore, patchDraft } from './draft-store.ts'

const counts = Array.from({ length: jobLimits.count.max }, (_, index) => index + jobLimits.count.min)

/** How many images one press can make now, and why not more; no limit of its own without a reason. */
export type Most = { count: number; reason: string } | null

/** How many images a press makes: beside the button, whose price it sets, so that it is never scrolled away. */
export function Count({ most }: { most: Most }) {
  const { count: value } = useStore(draftStore)
  return (
    <fieldset className="countline" aria-describedby={most ? 'count-most' : undefined}>
      <legend className="sr">{copy.bench.images}</legend>
      <span className="legend" aria-hidden>
        {copy.bench.images}
      </span>
      {most && (
        <span id="count-most" className="hint">
          {most.reason}
        </span>
      )}
      <div className="segments">
        {counts.map((count) => (
          <label key={count} title={most && count > most.count ? most.reason : undefined}>
            <input
              type="radio"
              name="count"
              value={count}
              disabled={most !== null && count > most.count && count !== value}
              checked={value === count}
              onChange={() => patchDraft({ count })}
            />
            <span className="num">{count}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
