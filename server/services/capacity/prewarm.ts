import type { PrewarmRule } from '#shared/operator/prewarm.ts'

const dayMs = 86_400_000

/** Boxes that the schedule wants at `now` (ms since 1970, judged in UTC): the most of the rules in force, else 0. */
export function prewarmed(rules: readonly PrewarmRule[], now: number): number {
  return Math.max(0, ...rules.filter((rule) => inForce(rule, now)).map(({ min }) => min))
}

function inForce({ days, from, to }: PrewarmRule, now: number): boolean {
  const minute = Math.floor((now % dayMs) / 60_000)
  const [start, end] = [minuteOf(from), minuteOf(to)]
  if (start < end) return days.includes(weekday(now)) && minute >= start && minute < end
  if (minute >= start) return days.includes(weekday(now))
  return minute < end && days.includes(weekday(now - dayMs))
}

function minuteOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number)
  return (hours ?? 0) * 60 + (minutes ?? 0)
}

/** 1 to 7, Monday first. 1970-01-01 was a Thursday. */
function weekday(at: number): number {
  return ((Math.floor(at / dayMs) + 3) % 7) + 1
}
