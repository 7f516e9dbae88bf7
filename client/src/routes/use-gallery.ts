import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo } from 'react'
import { live } from '#client/app/live.ts'
import type { GalleryIndex } from '#client/features/gallery/gallery-index.ts'
import { readSearch } from '#client/features/gallery/core/filters.ts'
import type { GallerySearch } from '#client/features/gallery/core/filters.ts'
import type { GallerySession } from '#client/features/gallery/gallery-session.ts'
import { trpc } from '#client/lib/api.ts'
import { onlineStore } from '#client/lib/online.ts'
import { useStore } from '#client/lib/use-store.ts'
import { isOver } from '#shared/jobs/rules.ts'
import { galleryOf } from './gallery-here.ts'
import { orderModes } from './studio/choose-mode.ts'

/** The filters of an address. The router hands on whatever else stands there, so it is read once more. */
export function useGallerySearch(raw: Readonly<Record<string, unknown>>): GallerySearch {
  return useMemo(() => readSearch(raw), [raw])
}

/** What was changed on another device shows after this long at the latest. Milliseconds. */
const lookAgainMs = 60_000

type Here = { session: GallerySession; index: GalleryIndex }

/** The gallery at that address, kept up with what is finished meanwhile, here or elsewhere. */
export function useGallery(userId: string, search: GallerySearch): Here {
  const session = galleryOf(userId)
  const index = useMemo(() => session.open(search), [session, search])
  const jobs = useStore(live.state).jobs
  const over = Object.values(jobs).filter(({ status }) => isOver(status)).length
  // oxlint-disable-next-line react/exhaustive-effect-dependencies -- what has ended may hang here now
  useEffect(() => session.refresh(), [over, session])
  useEffect(() => {
    const look = () => document.visibilityState === 'visible' && session.refresh()
    const back = () => onlineStore.get() && index.load()
    document.addEventListener('visibilitychange', look)
    const timer = setInterval(look, lookAgainMs)
    const stop = onlineStore.subscribe(back)
    return () => {
      document.removeEventListener('visibilitychange', look)
      clearInterval(timer)
      stop()
    }
  }, [index, session])
  return { session, index }
}

export type ModeTitles = { modes: readonly { key: string; title: string }[]; titleOf: (mode: string) => string }

/** Modes by the names that people know them by. */
export function useModeTitles(): ModeTitles {
  const { data } = useQuery(trpc.modes.list.queryOptions(undefined, { staleTime: 60_000 }))
  const modes = useMemo(() => orderModes(data?.modes ?? []).map(({ key, title }) => ({ key, title })), [data])
  const titleOf = useCallback((mode: string) => modes.find(({ key }) => key === mode)?.title ?? mode, [modes])
  return { modes, titleOf }
}
