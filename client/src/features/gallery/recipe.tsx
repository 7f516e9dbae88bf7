import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { money } from '#client/app/copy.ts'
import { copyGallery } from '#client/app/copy-gallery.ts'
import { formatDay, formatNumber, formatSize } from '#client/lib/format.ts'

const copy = copyGallery.item

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

function Paid({ job }: { job: JobView }) {
  const kept = job.price - job.returned
  return (
    <Fact name={copy.paid}>
      <span className={job.purse === 'credits' ? 'credit' : undefined}>{money(job.purse, kept)}</span>
      {job.returned > 0 && <span className="ok"> {copy.returnedWord(money(job.purse, job.returned))}</span>}
    </Fact>
  )
}

/** Everything that it takes to make it again. */
export function Recipe({ job, modeTitle }: { job: JobView; modeTitle: string }) {
  const output = job.outputs.find(({ kind }) => kind === 'output')
  const took = job.startedAt && job.finishedAt ? Date.parse(job.finishedAt) - Date.parse(job.startedAt) : null
  return (
    <section aria-label={copy.recipe}>
      <p className="quote">{job.prompt === '' ? <span className="hint">{copy.noPrompt}</span> : job.prompt}</p>
      {job.negative !== '' && (
        <p className="quote">
          <span className="hint">{copy.without}: </span>
          {job.negative}
        </p>
      )}
      <dl className="facts-list">
        <Fact name={copy.mode}>{modeTitle}</Fact>
        <Fact name={copy.sliders}>
          <span className="num">
            {formatNumber(job.creativity)}, {formatNumber(job.chaos)}
          </span>
        </Fact>
        {job.mask && <Fact name={copy.mask}>{copy.softness(job.mask.grow, job.mask.feather)}</Fact>}
        <Fact name={copy.seed}>
          <span className="num">{job.seed}</span>
        </Fact>
        <Fact name={copy.model}>{job.variant}</Fact>
        {output && (
          <Fact name={copy.size}>
            <span className="num">{formatSize(output)}</span>
          </Fact>
        )}
        {took !== null && (
          <Fact name={copy.took}>
            <span className="num">{copy.seconds(took)}</span>, {copy.steps(job.steps)}
          </Fact>
        )}
        <Paid job={job} />
        <Fact name={copy.made}>{formatDay(job.createdAt)}</Fact>
        <Fact name={copy.transmission}>
          <span className="num">{job.transmission}</span>
        </Fact>
      </dl>
      {job.standIn && <p className="hint">{copy.standIn}</p>}
      <div className="acts">
        <Link className="btn" to="/" search={{ from: job.id, take: 'exact' }}>
          {job.status === 'failed' ? copy.retry : copy.exact}
        </Link>
        <Link className="btn" to="/" search={{ from: job.id, take: 'branch' }}>
          {copy.branch}
        </Link>
        {output && (
          <Link className="btn" to="/" search={{ from: job.id, take: 'image', role: 'base' }}>
            {copy.image}
          </Link>
        )}
        <Link className="btn" to="/" search={{ from: job.id, take: 'settings' }}>
          {copy.settings}
        </Link>
        {output && (
          <Link className="btn" to="/" search={{ from: job.id, take: 'both', role: 'base' }}>
            {copy.both}
          </Link>
        )}
      </div>
    </section>
  )
}
