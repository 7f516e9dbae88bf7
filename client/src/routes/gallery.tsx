import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleX } from 'lucide-react'
import { useEffect } from 'react'
import { Header } from '#client/app/header.tsx'
import { copy, failures } from '#client/app/copy.ts'
import { sessionStore } from '#client/features/account/session.ts'
import { api } from '#client/lib/api.ts'
import { formatDay } from '#client/lib/format.ts'
import { useStore } from '#client/lib/use-store.ts'
import { showPageTitle } from './studio/page-mark.ts'
import type { JobView } from '#shared/jobs/schema.ts'

const pageSize = 30

function Cell({ job }: { job: JobView }) {
  const picture =
    job.outputs.find((asset) => asset.kind === 'preview') ?? job.outputs.find((asset) => asset.kind === 'output')
  const name = `${copy.result.alt(job.prompt)}, ${formatDay(job.createdAt)}`
  if (!picture) {
    return (
      <Link className="cell lost" to="/studio" search={{ job: job.id }}>
        <span className="word bad">
          <CircleX className="i" aria-hidden />
          {copy.state.failed}
        </span>
        <span className="hint">{failures[job.errorCode ?? 'INTERNAL']}</span>
      </Link>
    )
  }
  return (
    <Link className="cell" to="/studio" search={{ job: job.id }}>
      <img src={picture.url} alt={name} width={picture.width} height={picture.height} loading="lazy" decoding="async" />
    </Link>
  )
}

function Blank({ line, more }: { line: string; more: string }) {
  return (
    <div className="blank">
      <h1>{line}</h1>
      <p>{more}</p>
      <Link className="btn" to="/studio">
        {copy.gallery.toStudio}
      </Link>
    </div>
  )
}

/** Everything this account has made, newest first, page by page. */
export function Gallery() {
  useEffect(() => showPageTitle(copy.title.gallery), [])
  const session = useStore(sessionStore)
  const userId = 'userId' in session ? session.userId : null
  const pages = useInfiniteQuery({
    queryKey: ['gallery', userId],
    queryFn: ({ pageParam, signal }) =>
      api.forge.list.query({ limit: pageSize, ...(pageParam === null ? {} : { cursor: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    enabled: userId !== null,
  })
  const jobs = (pages.data?.pages ?? [])
    .flatMap((page) => page.items)
    .filter((job) => job.status === 'succeeded' || job.status === 'failed')
  const settled = session.status === 'none' || pages.isSuccess
  return (
    <div className="app page">
      <Header />
      <main className="sheet-page" id="bench" tabIndex={-1}>
        <div className="wrap">
          {jobs.length === 0 && settled && (
            <Blank
              line={copy.gallery.empty}
              more={session.status === 'none' ? copy.gallery.signedOut : copy.gallery.emptyMore}
            />
          )}
          {pages.isError && jobs.length === 0 && (
            <div className="blank" role="alert">
              <p>{copy.gallery.failed}</p>
              <button type="button" className="btn" onClick={() => void pages.refetch()}>
                {copy.gallery.again}
              </button>
            </div>
          )}
          {jobs.length > 0 && (
            <>
              <h1 className="page-title">{copy.gallery.title}</h1>
              <div className="wall">
                {jobs.map((job) => (
                  <Cell key={job.id} job={job} />
                ))}
              </div>
            </>
          )}
          {pages.hasNextPage && (
            <button
              type="button"
              className="btn mt-5"
              disabled={pages.isFetchingNextPage}
              onClick={() => void pages.fetchNextPage()}
            >
              {copy.gallery.more}
            </button>
          )}
        </div>
      </main>
    </div>
  )
}
