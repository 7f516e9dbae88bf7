/** What a tab did to images that other tabs may show. */
export type GalleryNews =
  | { kind: 'removed' | 'restored'; ids: readonly string[] }
  | { kind: 'marked'; ids: readonly string[]; favourite: boolean }

/** Never hears itself. */
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('forge-gallery')

/** Tells the other tabs of this browser; other devices find out when they ask. */
export function tellTabs(news: GalleryNews): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin and takes none
  channel?.postMessage(news)
}

/** Hears what other tabs did, until the answer is called. */
export function hearTabs(listener: (news: GalleryNews) => void): () => void {
  const onMessage = ({ data }: MessageEvent<GalleryNews>) => listener(data)
  channel?.addEventListener('message', onMessage)
  return () => channel?.removeEventListener('message', onMessage)
}
