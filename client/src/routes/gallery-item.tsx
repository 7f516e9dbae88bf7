import { getRouteApi } from '@tanstack/react-router'
import { useEffect } from 'react'
import { openAccount } from '#client/app/account-sheet-store.ts'
import { copyGallery as copy } from '#client/app/copy-gallery.ts'
import { Header } from '#client/app/header.tsx'
import { sessionStore } from '#client/features/account/session.ts'
import { SignedOut, Skeleton } from '#client/features/gallery/states.tsx'
import { useStore } from '#client/lib/use-store.ts'
import { ItemOf } from './gallery-item-of.tsx'
import { showPageTitle } from './studio/page-mark.ts'
import { useGallerySearch } from './use-gallery.ts'
import '#client/styles/wall.css'
import '#client/styles/item.css'

const route = getRouteApi('/gallery/$id')

/** One image: large, with what it came from, what came from it, and how to make it again. */
export function GalleryItem() {
  useEffect(() => showPageTitle(copy.pageTitle), [])
  const session = useStore(sessionStore)
  const { id } = route.useParams()
  const search = useGallerySearch(route.useSearch())
  return (
    <div className="app page">
      <Header />
      <main className="item-page" id="bench" tabIndex={-1}>
        {session.status === 'unknown' && <Skeleton />}
        {session.status === 'none' && <SignedOut onSignIn={() => openAccount('sign-in')} />}
        {'userId' in session && <ItemOf userId={session.userId} id={id} search={search} />}
      </main>
    </div>
  )
}
