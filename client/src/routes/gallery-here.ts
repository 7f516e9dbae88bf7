import { copyGallery } from '#client/app/copy-gallery.ts'
import { notice } from '#client/app/notice.ts'
import { offerUndo, undoStore } from '#client/app/undo.ts'
import { createGallerySession } from '#client/features/gallery/gallery-session.ts'
import type { GallerySession } from '#client/features/gallery/gallery-session.ts'
import { hearTabs, tellTabs } from '#client/features/gallery/gallery-news.ts'
import { activeStore, callFocus } from './gallery-active.ts'

let here: GallerySession | null = null
let deaf: () => void = () => undefined

/** The gallery of whoever is signed in; another account's is let go. */
export function galleryOf(userId: string): GallerySession {
  if (here?.userId === userId) return here
  here?.stop()
  deaf()
  const session = createGallerySession({
    userId,
    onProblem(problem) {
      undoStore.set(null)
      notice(copyGallery.problems[problem])
    },
    onRemoved: (ids) => offerUndo(copyGallery.deleted(ids.length), () => takeBack(session)),
    onChanged: tellTabs,
  })
  deaf = hearTabs(session.hear)
  here = session
  return session
}

/** Takes back the last deletion, if there is one, and leads the focus to it. */
export function takeBack(session: GallerySession): void {
  const ids = session.undoable.get()?.ids
  if (!ids) return
  undoStore.set(null)
  void session.undo()
  activeStore.set(ids[0] ?? null)
  callFocus()
}
