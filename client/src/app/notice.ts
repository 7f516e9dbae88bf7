import { createStore } from '#client/lib/store.ts'

/** One passing sentence at the edge of the page: copied, moved, signed out. Never the only place of an error. */
export const noticeStore = createStore<{ id: number; text: string } | null>(null)

const shownFor = 6_000
let timer: ReturnType<typeof setTimeout> | undefined
let last = 0

export function notice(text: string): void {
  last += 1
  clearTimeout(timer)
  noticeStore.set({ id: last, text })
  timer = setTimeout(() => noticeStore.set(null), shownFor)
}
