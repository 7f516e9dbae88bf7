import { useCallback, useMemo, useState } from 'react'
import { copyGallery as copy } from '#client/app/copy-gallery.ts'
import { notice } from '#client/app/notice.ts'
import type { GallerySearch } from '#client/features/gallery/core/filters.ts'
import { nothingSelected, without } from '#client/features/gallery/core/selection.ts'
import type { GalleryIndex } from '#client/features/gallery/gallery-index.ts'
import type { GallerySession } from '#client/features/gallery/gallery-session.ts'
import { TrashBar } from '#client/features/gallery/selection-bar.tsx'
import { singleKeysStore } from '#client/lib/single-keys.ts'
import { ChoosingWall } from './gallery-choosing-wall.tsx'
import type { OwnActions } from './gallery-choosing-wall.tsx'
import { callFocus, focusNext } from './gallery-active.ts'

type GalleryTrashProps = {
  session: GallerySession
  index: GalleryIndex
  search: GallerySearch
  titleOf: (mode: string) => string
}

/** The wall of what was deleted and can still be brought back. */
export function GalleryTrash({ session, index, search, titleOf }: GalleryTrashProps) {
  const [selection, setSelection] = useState(nothingSelected)

  const restore = useCallback(
    (ids: readonly string[]) => {
      const gone = new Set(ids)
      focusNext(index.state.get().items, gone)
      setSelection((held) => without(held, gone))
      void session.restore(ids).then((back) => back && notice(copy.trash.restored(ids.length)))
    },
    [index, session],
  )

  const own: OwnActions = useMemo(
    () => ({
      key: (event, ids) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return false
        if (event.key.toLowerCase() !== 'r' || !singleKeysStore.get()) return false
        restore(ids)
        return true
      },
      favourite: () => undefined,
      download: () => undefined,
      remove: () => undefined,
      restore: (id) => restore([id]),
    }),
    [restore],
  )

  return (
    <>
      <ChoosingWall
        session={session}
        index={index}
        search={search}
        titleOf={titleOf}
        selection={selection}
        onSelection={setSelection}
        own={own}
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
