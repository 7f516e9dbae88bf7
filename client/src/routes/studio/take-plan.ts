import type { AssetView } from '#shared/assets/schema.ts'
import type { InputRole } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import type { ModeView } from '#shared/modes/schema.ts'
import type { ModeDraft } from '#client/features/bench/core/draft.ts'
import { jobPictures } from './job-pictures.ts'
import type { Taking } from './take-search.ts'

export type PlannedPicture = { role: InputRole; weight: number; asset: AssetView }

export type TakePlan = {
  mode: ModeView
  settings: Pick<ModeDraft, 'prompt' | 'negative' | 'creativity' | 'chaos' | 'aspect'> | null
  /** The seed of the next press and whether it stays; null leaves it as it is, `draw` asks for another. */
  seed: { value: string } | 'draw' | null
  /** Replace what lies in these roles. */
  pictures: PlannedPicture[]
  /** All slots are emptied first, so that nothing is left of another job. */
  anew: boolean
  mask: JobView['mask']
  /** What should have come along and is no longer there. */
  lost: 'image' | 'input' | 'mask' | null
}

/** The role that takes a picture on its own: the wanted one where a mode has it, else the first. */
function roleIn(mode: ModeView, wanted: InputRole | null): InputRole | null {
  return mode.inputs.find(({ role }) => role === wanted)?.role ?? mode.inputs[0]?.role ?? null
}

/** Where a picture alone goes: the mode that is open if it has the role, else the first that has. */
function modeFor(modes: readonly ModeView[], current: ModeView, role: InputRole | null): ModeView {
  const fits = (mode: ModeView) => role === null || mode.inputs.some((input) => input.role === role)
  return fits(current) ? current : (modes.find((mode) => fits(mode) && mode.available) ?? modes.find(fits) ?? current)
}

function settingsOf({ prompt, negative, creativity, chaos, aspect }: JobView): NonNullable<TakePlan['settings']> {
  return { prompt, negative, creativity, chaos, aspect: aspect ?? 1 }
}

type Wanted = { job: JobView; what: Taking; role: InputRole | null }

function alone({ job, what, role }: Wanted, mode: ModeView): TakePlan {
  const { full, shown } = jobPictures(job)
  const asset = full ?? shown
  const place = roleIn(mode, role)
  const wants = what !== 'settings'
  const withSettings = what !== 'image'
  return {
    mode,
    settings: withSettings ? settingsOf(job) : null,
    seed: withSettings ? { value: job.seed } : null,
    pictures: wants && asset && place ? [{ role: place, weight: 1, asset }] : [],
    anew: false,
    mask: null,
    lost: wants && !asset ? 'image' : null,
  }
}

function whole({ job, what }: Wanted, mode: ModeView): TakePlan {
  const lacks = mode.inputs.some(({ role, min }) => job.inputs.filter((input) => input.role === role).length < min)
  return {
    mode,
    settings: settingsOf(job),
    seed: what === 'branch' ? 'draw' : { value: job.seed },
    pictures: job.inputs.map(({ role, weight, asset }) => ({ role, weight, asset })),
    anew: true,
    mask: mode.mask ? job.mask : null,
    lost: lacks ? 'input' : mode.mask && !job.mask ? 'mask' : null,
  }
}

/** What taking up a job does to the bench; pure, nothing is fetched yet. `modes` in the order they are offered. */
export function planTakeUp(wanted: Wanted, modes: readonly ModeView[], current: ModeView): TakePlan {
  const { job, what, role } = wanted
  const own = modes.find((mode) => mode.key === job.mode)
  if (what === 'image') return alone(wanted, modeFor(modes, current, role))
  if (what === 'settings' || what === 'both' || !own) {
    // A mode that is gone leaves its words and dials to the one that is open.
    return alone({ ...wanted, what: what === 'settings' ? 'settings' : 'both' }, own ?? current)
  }
  return whole(wanted, own)
}
