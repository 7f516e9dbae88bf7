import type { FleetView } from '#shared/operator/fleet.ts'

type Box = FleetView['workers'][number]

/** A rented box. `watched`: some server speaks to its provider. */
export type Rented = {
  name: string
  state: string
  usd_per_hour: number
  /** What it has cost so far, US dollars. */
  usd: number
  provider: string
  remote_id: string | null
  watched: boolean
}

/** One mode on one backend: what an image of it cost, US dollars, `idle_usd` of it for boxes that waited. */
export type ImageCost = {
  mode: string
  backend: string
  images: number
  attempts: number
  usd: number | null
  idle_usd: number | null
  seconds: number | null
}

/** What `npm run fleet` prints: queue, boxes, promises, money, and what needs a look. `now` in milliseconds. */
export function formatFleet(
  fleet: FleetView,
  { rented, costs }: { rented: readonly Rented[]; costs: readonly ImageCost[] },
  now: number,
): string {
  return [
    ...section('queue', fleet.queue.map(queueLine), 'nothing waits or runs'),
    ...section(
      'boxes',
      fleet.workers.map((box) => boxLine(box, now)),
      'none was seen for a day',
    ),
    ...section('rented', rented.map(rentedLine), 'none'),
    ...section('an image, in the last seven days', costs.map(costLine), 'none was made'),
    ...section('promises (how often they held)', fleet.eta.map(etaLine), 'none has ended yet'),
    ...section('open alerts', fleet.alerts.map(alertLine), 'none'),
    `today: ${usd(fleet.spend.todayUsd)} of ${fleet.spend.capUsd === null ? 'no cap' : usd(fleet.spend.capUsd)}, saving: ${fleet.spend.saving}`,
  ].join('\n')
}

function section(title: string, lines: readonly string[], none: string): string[] {
  return [`${title}:`, ...(lines.length === 0 ? [none] : lines).map((line) => `  ${line}`)]
}

function queueLine(line: FleetView['queue'][number]): string {
  const oldest = line.oldestS === null ? '' : `, oldest waits ${span(line.oldestS)}`
  const served = line.served ? '' : ', no box up for it'
  return `${line.class} ${line.template}: ${line.queued} queued, ${line.running} running${oldest}${served}`
}

function boxLine(box: Box, now: number): string {
  const doing = box.jobs.map(
    (job) => `${job.template} ${job.ahead ? 'ahead' : `${job.stage} ${job.step}/${job.steps}`}`,
  )
  const refused = Object.entries(box.refusals).map(([reason, count]) => `${reason} ${count}`)
  return [
    `${box.id} ${box.key} (${box.pool}, ${box.trust}) ${box.gpu}: ${stateOf(box)}`,
    `seen ${span((now - Date.parse(box.lastSeen)) / 1_000)} ago`,
    doing.length > 0 ? doing.join(' + ') : 'idle',
    ...(box.warm.length > 0 ? [`warm ${box.warm.join(' ')}`] : []),
    ...(box.streak > 0 ? [`${box.streak} failed in a row`] : []),
    ...(refused.length > 0 ? [`refused ${refused.join(', ')}`] : []),
  ].join('; ')
}

function stateOf(box: Box): string {
  if (box.revoked) return 'REVOKED'
  if (box.keyQuarantined) return 'KEY QUARANTINED'
  if (box.quarantinedAt !== null) return 'QUARANTINED'
  if (box.unfitReason !== null) return `unfit (${box.unfitReason})`
  if (box.leftAt !== null) return 'left'
  if (!box.live) return 'silent'
  if (box.draining) return 'draining'
  return box.held ? 'held back' : 'up'
}

function rentedLine(box: Rented): string {
  const line = `${box.name}: ${box.state}, ${usd(box.usd_per_hour)} an hour, ${usd(box.usd)} so far`
  if (box.watched) return line
  const where = box.remote_id === null ? '' : ` (${box.remote_id})`
  return `${line}; NOBODY LOOKS AFTER IT: set the key of ${box.provider} again, or end it there${where} and say so: npm run fleet -- --gone ${box.name}`
}

function costLine({ mode, backend, images, attempts, usd: cost, idle_usd: idle, seconds }: ImageCost): string {
  const what = `${mode} on ${backend === 'comfy' ? 'our boxes' : backend}: ${images} of ${attempts} attempts`
  if (images === 0 || cost === null) return what
  const time = seconds === null ? '' : `, ${seconds.toFixed(1)} s`
  if (cost === 0) return `${what}${time}, no price is known (npm run worker:key -- <name> <US dollars an hour>)`
  return `${what}${time}, $${cost.toFixed(4)} each${idle === null || idle === 0 ? '' : `, $${idle.toFixed(4)} of it idle`}`
}

function etaLine(line: FleetView['eta'][number]): string {
  const corrected =
    line.p50Factor === null ? '' : `, corrected × ${line.p50Factor.toFixed(2)} / ${(line.p90Factor ?? 1).toFixed(2)}`
  return `${line.template} from the ${line.point}: p50 ${percent(line.p50Held)}, p90 ${percent(line.p90Held)} of ${line.n}${corrected}`
}

function alertLine(alert: FleetView['alerts'][number]): string {
  return `${alert.kind} ${alert.subject} since ${alert.openedAt}: ${JSON.stringify(alert.detail)}`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function usd(amount: number): string {
  return `$${amount.toFixed(2)}`
}

function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 120) return `${whole} s`
  return whole < 7_200 ? `${Math.round(whole / 60)} min` : `${Math.round(whole / 3_600)} h`
}
