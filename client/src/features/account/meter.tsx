import { Link } from '@tanstack/react-router'
import { useId } from 'react'
import type { LimitsView } from '#shared/limits/schema.ts'
import { copy } from '#client/app/copy.ts'
import { formatClock, formatNumber } from '#client/lib/format.ts'
import { useNow } from '#client/lib/use-now.ts'

function Ticks({ left, cap }: { left: number; cap: number }) {
  return (
    <span className="ticks" aria-hidden>
      {Array.from({ length: Math.min(cap, 10) }, (_, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the ticks never move
        <i key={index} className={index < left ? 'on' : ''} />
      ))}
    </span>
  )
}

function Face({ limits }: { limits: LimitsView }) {
  const { free, credits } = limits
  if (credits.balance + credits.held > 0) {
    return (
      <>
        <span className="ingot" aria-hidden />
        <span>
          <span className="credit num">{formatNumber(credits.balance)}</span>
          <span className="sr">{copy.meter.creditsRest}</span>
        </span>
        {credits.held > 0 && <span className="hint only-desk">{copy.meter.heldShort(credits.held)}</span>}
      </>
    )
  }
  return (
    <>
      <Ticks left={free.left} cap={free.cap} />
      <span>
        <b className="num">{free.left}</b> {copy.meter.free}
        <span className="only-desk"> {copy.meter.today}</span>
      </span>
      <span className="sr">{copy.meter.rest(free.cap, formatClock(free.resetsAt))}</span>
    </>
  )
}

/** What is left, always in sight; pressing it says when it resets and who shares it. */
export function Meter({ limits, member }: { limits: LimitsView; member: boolean }) {
  const id = useId()
  const now = useNow(60_000)
  const { free, credits, jobs } = limits
  return (
    <>
      <button type="button" className="meter" popoverTarget={id}>
        <Face limits={limits} />
      </button>
      <div id={id} popover="auto" className="pop">
        <h2>{copy.meter.title(free.left)}</h2>
        <dl className="facts-list">
          <dt>{copy.meter.resets}</dt>
          <dd>{copy.meter.resetsAt(free.resetsAt, now)}</dd>
          <dt>{copy.meter.counted}</dt>
          <dd>{member && !free.shared ? copy.meter.own : copy.meter.network}</dd>
          <dt>{copy.meter.credits}</dt>
          <dd className="num credit">{formatNumber(credits.balance)}</dd>
          {credits.held > 0 && (
            <>
              <dt>{copy.meter.held}</dt>
              <dd className="num">{formatNumber(credits.held)}</dd>
            </>
          )}
          <dt>{copy.meter.inWork}</dt>
          <dd className="num">{`${jobs.open} / ${jobs.cap}`}</dd>
        </dl>
        <p>{copy.meter.rules}</p>
        <Link className="btn" to="/credits">
          {copy.limit.buy}
        </Link>
      </div>
    </>
  )
}
