import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { ArrowLeft, ChevronLeft, ChevronRight } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { galleryLimits } from '#shared/gallery/rules.ts'
import type { ChainView, LineageView } from '#shared/gallery/schema.ts'
import { copyGallery } from '#client/app/copy-gallery.ts'
import { live } from '#client/app/live.ts'
import { notice } from '#client/app/notice.ts'
import { FullView } from '#client/components/ui/full-view.tsx'
import type { GallerySearch } from '#client/features/gallery/core/filters.ts'
import type { GallerySession } from '#client/features/gallery/gallery-session.ts'
import { FailedPlate, GonePlate, Picture } from '#client/features/gallery/item-stage.tsx'
import { Lineage } from '#client/features/gallery/lineage.tsx'
import { Recipe } from '#client/features/gallery/recipe.tsx'
import { Skeleton } from '#client/features/gallery/states.tsx'
import { trpc } from '#client/lib/api.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import { singleKeysStore } from '#client/lib/single-keys.ts'
import { useStore } from '#client/lib/use-store.ts'
import { activeStore } from './gallery-active.ts'
import { ItemBar } from './gallery-item-bar.tsx'
import { showPageTitle } from './studio/page-mark.ts'
import { useGallery, useModeTitles } from './use-gallery.ts'

const copy = copyGallery.item

type Neighbours = { previous: string | null; next: string | null }

function useNeighbours(userId: string, id: string, search: GallerySearch): Neighbours & { session: GallerySession } {
  const { session, index } = useGallery(userId, search)
  const { items } = useStore(index.state)
  const at = items.findIndex((item) => item.id === id)
  const idAt = (place: number) => (at < 0 ? null : (items[place]?.id ?? null))
  return { session, previous: idAt(at - 1), next: idAt(at + 1) }
}

/** What lies further away, four generations at first and more with every press. */
function useChain(id: string, line: LineageView | undefined): { chain: ChainView | null; onMore: () => void } {
  const [wanted, setWanted] = useState<{ id: string; depth: number }>({ id, depth: galleryLimits.generations })
  const depth = wanted.id === id ? wanted.depth : galleryLimits.generations
  const goesOn = line !== undefined && (line.childrenTotal > 0 || line.againOf !== null || line.job.parents.length > 0)
  const options = trpc.gallery.chain.queryOptions({ id, depth }, { staleTime: 30_000, enabled: goesOn })
  // While more of it is fetched, what is known stays.
  const { data } = useQuery({
    ...options,
    placeholderData: (known, before) => {
      const asked = before?.queryKey[1]?.input as { id?: string } | undefined
      return asked?.id === id ? known : undefined
    },
  })
  const more = Math.min(galleryLimits.depth, depth * 2)
  return { chain: goesOn ? (data ?? null) : null, onMore: () => setWanted({ id, depth: more }) }
}

type Keys = { [key: string]: (() => void) | null | undefined }

/** Keys of the page, while nothing is typed and no dialog is open. */
function useKeys(keys: Keys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target } = event
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (target instanceof HTMLInputElement || document.querySelector('dialog[open]')) return
      const letter = event.key.length === 1
      if (letter && !singleKeysStore.get()) return
      const act = keys[letter ? event.key.toLowerCase() : event.key]
      if (!act) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [keys])
}

function Step({ to, search, label, next }: { to: string | null; search: GallerySearch; label: string; next: boolean }) {
  const Icon = next ? ChevronRight : ChevronLeft
  const side = next ? 'step next' : 'step'
  if (to === null) return null
  return (
    <Link className={side} to="/gallery/$id" params={{ id: to }} search={search} replace aria-label={label}>
      <Icon className="i" aria-hidden />
    </Link>
  )
}

function thumbOf({ outputs, prompt }: JobView) {
  const small = outputs.find(({ kind }) => kind === 'thumb') ?? outputs.find(({ kind }) => kind === 'preview')
  const thumb = small ?? outputs[0]
  return thumb ? <img src={thumb.url} alt={prompt || copy.here} width={thumb.width} height={thumb.height} /> : null
}

/** One image of that account with everything around it. */
export function ItemOf({ userId, id, search }: { userId: string; id: string; search: GallerySearch }) {
  const { session, previous, next } = useNeighbours(userId, id, search)
  const navigate = useNavigate()
  const client = useQueryClient()
  const { titleOf } = useModeTitles()
  const query = useQuery(trpc.gallery.lineage.queryOptions({ id }, { staleTime: 30_000 }))
  const [looking, setLooking] = useState(false)
  const [mark, setMark] = useState<{ id: string; on: boolean } | null>(null)
  const line = query.data
  const job = line?.job
  const { chain, onMore } = useChain(id, line)
  // Deleted or brought back in another tab, or on another device.
  const heard = useStore(live.state).jobs[id]?.deleted
  const { refetch } = query
  const again = useCallback(() => refetch(), [refetch])
  useEffect(() => {
    if (heard !== undefined) void refetch({ cancelRefetch: false })
  }, [heard, refetch])
  const favourite = mark?.id === id ? mark.on : (job?.favourite ?? false)

  useEffect(() => {
    activeStore.set(id)
  }, [id])
  useEffect(() => {
    if (job) showPageTitle(copyGallery.itemTitle(job.transmission))
  }, [job])

  const open = useCallback(
    (to: string | null) =>
      to !== null && void navigate({ to: '/gallery/$id', params: { id: to }, search, replace: true }),
    [navigate, search],
  )
  const toWall = useCallback(() => void navigate({ to: '/gallery', search }), [navigate, search])
  const toggle = () => {
    if (!job || job.deleted || job.outputs.length === 0) return
    setMark({ id, on: !favourite })
    void session.favourite([id], !favourite)
  }
  const remove = () => {
    if (!job || job.deleted) return
    void session.remove([id]).then(() => client.invalidateQueries({ queryKey: trpc.gallery.lineage.queryKey() }))
    const to = next ?? previous
    // At once: whoever goes back right away comes to the one that is left.
    activeStore.set(to)
    if (to === null) toWall()
    else open(to)
  }
  useKeys({
    ArrowLeft: () => open(previous),
    ArrowRight: () => open(next),
    Escape: toWall,
    Delete: remove,
    f: toggle,
    z: job?.outputs.length ? () => setLooking(true) : null,
  })

  const back = (
    <Link className="btn quiet back" to="/gallery" search={search}>
      <ArrowLeft className="i" aria-hidden />
      {copy.back}
    </Link>
  )
  if (query.isError || !line || !job) {
    const refusal = query.isError ? refusalOf(query.error) : null
    const lost = refusal?.kind === 'refused' && refusal.code !== 'INTERNAL' && refusal.code !== 'UNAVAILABLE'
    return (
      <section className="item-stage">
        {back}
        {!refusal && <Skeleton />}
        {refusal && (
          <div className="blank wrap" role="alert">
            <h1>{lost ? copy.lost : copy.failed}</h1>
            {lost && <p>{copy.lostMore}</p>}
            {!lost && (
              <button type="button" className="btn" onClick={() => void query.refetch()}>
                {copyGallery.again}
              </button>
            )}
          </div>
        )}
      </section>
    )
  }
  const output = job.outputs.find(({ kind }) => kind === 'output')
  const restore = async () => {
    if (!(await session.restore([id]))) return
    notice(copy.restored)
    void query.refetch()
  }
  return (
    <>
      <section className="item-stage" aria-label={copy.here}>
        <ItemBar
          key={id}
          job={job}
          favourite={favourite}
          back={back}
          onFavourite={toggle}
          onLook={() => setLooking(true)}
          onRemove={remove}
        />
        <div className="item-view">
          {job.deleted ? (
            <GonePlate trashed={line.trashed} onRestore={() => void restore()} />
          ) : output ? (
            <Picture key={id} job={job} onLook={() => setLooking(true)} onAgain={again} />
          ) : (
            <FailedPlate job={job} />
          )}
          <Step to={previous} search={search} label={copy.previous} next={false} />
          <Step to={next} search={search} label={copy.next} next />
        </div>
      </section>
      <aside className="detail scale" aria-label={copy.details}>
        <h2 className="label">{copy.lineage}</h2>
        <Lineage line={line} chain={chain} search={search} picture={thumbOf(job)} onMore={onMore} />
        <h2 className="label">{copy.recipe}</h2>
        <Recipe job={job} modeTitle={titleOf(job.mode)} />
      </aside>
      {looking && output && (
        <FullView
          title={job.prompt || copy.here}
          size={output}
          foot={<span className="num">{job.transmission}</span>}
          onPrevious={previous === null ? null : () => open(previous)}
          onNext={next === null ? null : () => open(next)}
          onClose={() => setLooking(false)}
        >
          <img src={output.url} alt={job.prompt} />
        </FullView>
      )}
    </>
  )
}
