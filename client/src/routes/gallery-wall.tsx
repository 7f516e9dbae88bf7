import { useCallback, useMemo, useState } from 'react'
import type { GalleryCard } from '#shared/gallery/schema.ts'
import { copyGallery as copy } from '#client/app/copy-gallery.ts'
import { notice } from '#client/app/notice.ts'
import { ConfirmRemoval } from '#client/features/gallery/confirm-removal.tsx'
import type { GallerySearch } from '#client/features/gallery/core/filters.ts'
import { nothingSelected, without } from '#client/features/gallery/core/selection.ts'
import type { GalleryIndex } from '#client/features/gallery/gallery-index.ts'
import type { GallerySession } from '#client/features/gallery/gallery-session.ts'
import { SelectionBar } from '#client/features/gallery/selection-bar.tsx'
import { downloadZip } from '#client/features/gallery/zip.ts'
import { api } from '#client/lib/api.ts'
import { singleKeysStore } from '#client/lib/single-keys.ts'
import { useStore } from '#client/lib/use-store.ts'
import { ChoosingWall } from './gallery-choosing-wall.tsx'
import type { OwnActions } from './gallery-choosing-wall.tsx'
import { callFocus, focusNext } from './gallery-active.ts'
import { takeBack } from './gallery-here.ts'
import { saveBlob, saveFile } from './studio/save-file.ts'

/** Up to this many are deleted without a question: one press takes them back. */
const withoutAsking = 20

async function download(ids: readonly string[]): Promise<void> {
  if (ids.length > 1) {
    const name = copy.zip.fileName(new Date().toISOString().slice(0, 10))
    return downloadZip({ ids, name, save: saveBlob })
  }
  const [file] = await api.gallery.download.query({ ids: [...ids] }).catch(() => [])
  if (!file || !(await saveFile(file.url, file.name))) notice(copy.broken)
}

/** What the archive will weigh; null while a card was never in sight. Failed ones weigh nothing. */
function bytesOf(cards: readonly (GalleryCard | undefined)[]): number | null {
  return cards.reduce<number | null>((sum, card) => (sum === null || !card ? null : sum + (card.bytes ?? 0)), 0)
}

type GalleryWallProps = {
  session: GallerySession
  index: GalleryIndex
  search: GallerySearch
  titleOf: (mode: string) => string
}

/** The wall with what people do on it: choose, mark, delete, take back, download, open. */
export function GalleryWall({ session, index, search, titleOf }: GalleryWallProps) {
  const { items } = useStore(index.state)
  const [selection, setSelection] = useState(nothingSelected)
  const [asking, setAsking] = useState<readonly string[] | null>(null)

  const remove = useCallback(
    (ids: readonly string[]) => {
      const gone = new Set(ids)
      const { items: all } = index.state.get()
      void session.remove(ids)
      setSelection((held) => without(held, gone))
      focusNext(all, gone)
    },
    [index, session],
  )
  const favourite = useCallback(
    (ids: readonly string[]) => {
      const chosen = index.state.get().items.filter(({ id }) => ids.includes(id))
      void session.favourite(
        ids,
        chosen.some((item) => !item.favourite),
      )
    },
    [index, session],
  )
  const askRemoval = useCallback(
    (ids: readonly string[]) => (ids.length > withoutAsking ? setAsking(ids) : remove(ids)),
    [remove],
  )

  const own: OwnActions = useMemo(
    () => ({
      key: (event, ids) => {
        const command = event.ctrlKey || event.metaKey
        if (command && event.key === 'z') takeBack(session)
        else if (command || event.altKey) return false
        else if (event.key === 'Delete' || event.key === 'Backspace') askRemoval(ids)
        else if (event.key.toLowerCase() === 'f' && singleKeysStore.get()) favourite(ids)
        else return false
        return true
      },
      favourite: (id) => favourite([id]),
      download: (id) => void download([id]),
      remove: (id) => remove([id]),
      restore: () => undefined,
    }),
    [askRemoval, favourite, remove, session],
  )

  const chosen = [...selection.ids]
  const marked = chosen.length > 0 && items.every(({ id, favourite: on }) => on || !selection.ids.has(id))
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
      {chosen.length > 0 && (
        <SelectionBar
          count={chosen.length}
          bytes={bytesOf(chosen.map((id) => session.shelfOf(search).get(id)))}
          favourites={marked}
          onZip={() => void download(chosen)}
          onFavourite={() => favourite(chosen)}
          onRemove={() => askRemoval(chosen)}
          onClear={() => {
            setSelection(nothingSelected)
            callFocus()
          }}
        />
      )}
      {asking && <ConfirmRemoval count={asking.length} onYes={() => remove(asking)} onClose={() => setAsking(null)} />}
    </>
  )
}
