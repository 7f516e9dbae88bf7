import type { DragEvent } from 'react'

/** What an image of the bench is dragged as; files from outside are another matter (use-window-intake.ts). */
const kind = 'application/x-forge-image'

/** Makes an element the handle by which an image is dragged. Buttons do the same for whoever does not drag. */
export function dragHandle(key: string) {
  return {
    draggable: true,
    onDragStart(event: DragEvent) {
      event.dataTransfer.setData(kind, key)
      event.dataTransfer.effectAllowed = 'move'
    },
  }
}

/** Makes an element a place for images of the bench; `onKey` hears which one was let go on it. */
export function dragPlace(onKey: (key: string) => void) {
  return {
    onDragOver(event: DragEvent) {
      if (!event.dataTransfer.types.includes(kind)) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'move'
    },
    onDrop(event: DragEvent) {
      const key = event.dataTransfer.getData(kind)
      if (key === '') return
      event.preventDefault()
      onKey(key)
    },
  }
}
