import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import type { KeyboardEvent } from 'react'
import { copyGallery as copy } from '#client/app/copy-gallery.ts'
import { notice } from '#client/app/notice.ts'
import type { GallerySearch } from '#client/features/gallery/core/filters.ts'
import { extendTo, nothingSelected, toggle, without } from '#client/features/gallery/core/selection.ts'
import type { GalleryIndex } from '#client/features/gallery/gallery-index.ts'
import type { GallerySession } from '#client/features/gallery/gallery-session.ts'
import { TrashBar } from '#client/features/gallery/selection-bar.tsx'
import { Wall } from '#client/features/gallery/wall.tsx'
import type { WallActions } from '#client/features/gallery/wall.tsx'
import { singleKeysStore } from '#client/lib/single-keys.ts'
import { useStore } from '#client/lib/use-store.ts'
import { activeStore, callFocus, focusCallStore, focusNext, useFocusBack } from './gallery-active.ts'

type GalleryTrashProps = {
  session: GallerySession
  index: GalleryIndex
  search: GallerySearch
  titleOf: (mode: string) => string
}

/** The wall of what was deleted and can still be brought back. */
export function GalleryTrash({ session, index, search, titleOf }: GalleryTrashProps) {
  const state = useStore(index.state)
  const navigate = useNavigate()
  const activeId = useStore(activeStore)
  const focusCall = useStore(focusCallStore)
  const [selection, setSelection] = useState(nothingSelected)
  useFocusBack()

  const restore = useCallback(
    (ids: readonly string[]) => {
      const gone = new Set(ids)
      focusNext(index.state.get().items, gone)
      setSelection((held) => without(held, gone))
      void session.restore(ids).then((back) => back && notice(copy.trash.restored(ids.length)))
    },
    [index, session],
  )

  const actions: WallActions = useMemo(() => {
    const allIds = () => index.state.get().items.map(({ id }) => id)
    const key = (event: KeyboardEvent, id: string): boolean => {
      const command = event.ctrlKey || event.metaKey
      const chosen = selection.ids.size > 0 ? [...selection.ids] : [id]
      if (command && event.key === 'a') setSelection({ ids: new Set(allIds()), anchor: id })
      else if (command || event.altKey) return false
      else if (event.key === ' ')
        setSelection((held) => (event.shiftKey ? extendTo(held, allIds(), id) : toggle(held, id)))
      else if (event.key === 'Enter') void navigate({ to: '/gallery/$id', params: { id }, search })
      else if (event.key === 'Escape' && selection.ids.size > 0) setSelection(nothingSelected)
      else if (event.key.toLowerCase() === 'r' && singleKeysStore.get()) restore(chosen)
      else return false
      return true
    }
    return {
      key,
      toggle: (id) => setSelection((held) => toggle(held, id)),
      extend: (id) => setSelection((held) => extendTo(held, allIds(), id)),
      favourite: () => undefined,
      download: () => undefined,
      remove: () => undefined,
      restore: (id) => restore([id]),
      renew: session.shelfOf(search).renew,
      focus: (id) => activeStore.set(id),
    }
  }, [index, navigate, restore, search, selection.ids, session])

  return (
    <>
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
      {selection.ids.size > 0 && (
        <TrashBar
          count={selection.ids.size}
          onRestore={() => restore([...selection.ids])}
          onClear={() => {
            setSelection(nothingSelected)
            callFocus()
          }}
        />
      )}
    </>
  )
}
