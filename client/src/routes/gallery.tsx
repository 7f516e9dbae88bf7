import { getRouteApi } from '@tanstack/react-router'
import { useEffect } from 'react'
import { openAccount } from '#client/app/account-sheet-store.ts'
import { copyGallery as copy } from '#client/app/copy-gallery.ts'
import { Header } from '#client/app/header.tsx'
import { sessionStore } from '#client/features/account/session.ts'
import { cleared, isNarrowed } from '#client/features/gallery/core/filters.ts'
import { FiltersBar } from '#client/features/gallery/filters-bar.tsx'
import { Empty, EmptyTrash, Failed, NoMatch, SignedOut, Skeleton } from '#client/features/gallery/states.tsx'
import { ZipLine } from '#client/features/gallery/zip-line.tsx'
import { useStore } from '#client/lib/use-store.ts'
import { showPageTitle } from './studio/page-mark.ts'
import { GalleryTrash } from './gallery-trash.tsx'
import { GalleryWall } from './gallery-wall.tsx'
import { useGallery, useGallerySearch, useModeTitles } from './use-gallery.ts'
import '#client/styles/wall.css'

const route = getRouteApi('/gallery')

function GuestLine() {
  return (
    <p className="guest-line">
      {copy.guest}{' '}
      <button type="button" className="link" onClick={() => openAccount('sign-up')}>
        {copy.guestAccount}
      </button>
    </p>
  )
}

function OfUser({ userId, guest }: { userId: string; guest: boolean }) {
  const search = useGallerySearch(route.useSearch())
  const navigate = route.useNavigate()
  const { session, index } = useGallery(userId, search)
  const state = useStore(index.state)
  const { modes, titleOf } = useModeTitles()
  const { status, items, matching, total } = state
  const narrow = (next: typeof search) => void navigate({ search: next, replace: true })
  const nothing = status === 'ready' && items.length === 0
  const trash = search.deleted === true
  const Shown = trash ? GalleryTrash : GalleryWall
  return (
    <>
      {(total > 0 || trash || isNarrowed(search)) && (
        <FiltersBar
          search={search}
          modes={modes}
          counts={status === 'ready' ? { matching, total } : null}
          onChange={narrow}
        />
      )}
      {guest && !trash && total > 0 && <GuestLine />}
      {trash && items.length > 0 && <p className="guest-line">{copy.trash.more}</p>}
      {status === 'loading' && <Skeleton />}
      {status === 'failed' && <Failed onAgain={index.load} />}
      {nothing && isNarrowed(search) && <NoMatch total={total} onClear={() => narrow(cleared(search))} />}
      {nothing && !isNarrowed(search) && (trash ? <EmptyTrash /> : <Empty />)}
      {items.length > 0 && <Shown session={session} index={index} search={search} titleOf={titleOf} />}
      <ZipLine />
    </>
  )
}

/** Everything this account keeps, newest first. */
export function Gallery() {
  useEffect(() => showPageTitle(copy.pageTitle), [])
  const session = useStore(sessionStore)
  const trash = useGallerySearch(route.useSearch()).deleted === true
  return (
    <div className="app page">
      <Header />
      <main className="gallery" id="bench" tabIndex={-1}>
        <h1 className="sr">{trash ? copy.trash.title : copy.title}</h1>
        {session.status === 'unknown' && <Skeleton />}
        {session.status === 'none' && <SignedOut onSignIn={() => openAccount('sign-in')} />}
        {'userId' in session && (
          <OfUser key={session.userId} userId={session.userId} guest={session.status === 'guest'} />
        )}
      </main>
    </div>
  )
}
