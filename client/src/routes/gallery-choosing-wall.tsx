import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Dispatch, KeyboardEvent, SetStateAction } from 'react'
import type { GallerySearch } from '#client/features/gallery/core/filters.ts'
import { extendTo, nothingSelected, toggle } from '#client/features/gallery/core/selection.ts'
import type { Selection } from '#client/features/gallery/core/selection.ts'
import type { GalleryIndex } from '#client/features/gallery/gallery-index.ts'
import type { GallerySession } from '#client/features/gallery/gallery-session.ts'
import { Wall } from '#client/features/gallery/wall.tsx'
import type { WallActions } from '#client/features/gallery/wall.tsx'
import { useStore } from '#client/lib/use-store.ts'
import { activeStore, focusCallStore, useFocusBack } from './gallery-active.ts'

/** What one wall does with images and another does not. */
export type OwnActions = Pick<WallActions, 'favourite' | 'download' | 'remove' | 'restore'> & {
  /** Keys of this wall alone, for what is chosen or else has the focus. True when it was one of them. */
  key: (event: KeyboardEvent, ids: readonly string[]) => boolean
}

type ChoosingWallProps = {
  session: GallerySession
  index: GalleryIndex
  search: GallerySearch
  titleOf: (mode: string) => string
  selection: Selection
  onSelection: Dispatch<SetStateAction<Selection>>
  /** Stable, as every cell gets them. */
  own: OwnActions
}

/** A wall on which images are chosen by mouse, finger and keys, and opened. */
export function ChoosingWall({ session, index, search, titleOf, selection, onSelection, own }: ChoosingWallProps) {
  const state = useStore(index.state)
  const navigate = useNavigate()
  const activeId = useStore(activeStore)
  const focusCall = useStore(focusCallStore)
  useFocusBack()

  const actions: WallActions = useMemo(() => {
    const allIds = () => index.state.get().items.map(({ id }) => id)
    const key = (event: KeyboardEvent, id: string): boolean => {
      const command = event.ctrlKey || event.metaKey
      if (command && event.key === 'a') onSelection({ ids: new Set(allIds()), anchor: id })
      else if (own.key(event, selection.ids.size > 0 ? [...selection.ids] : [id])) return true
      else if (command || event.altKey) return false
      else if (event.key === ' ')
        onSelection((held) => (event.shiftKey ? extendTo(held, allIds(), id) : toggle(held, id)))
      else if (event.key === 'Enter') void navigate({ to: '/gallery/$id', params: { id }, search })
      else if (event.key === 'Escape' && selection.ids.size > 0) onSelection(nothingSelected)
      else return false
      return true
    }
    return {
      ...own,
      key,
      toggle: (id) => onSelection((held) => toggle(held, id)),
      extend: (id) => onSelection((held) => extendTo(held, allIds(), id)),
      renew: session.shelfOf(search).renew,
      focus: (id) => activeStore.set(id),
    }
  }, [index, navigate, onSelection, own, search, selection.ids, session])

  return (
    <Wall
      index={state}
      shelf={session.shelfOf(search)}
      search={search}
      selection={selection}
      activeId={activeId}
      focusCall={focusCall}
      titleOf={titleOf}
      actions={actions}
    />
  )
}
