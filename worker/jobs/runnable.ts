import type { Template } from '#worker/core/bind-graph.ts'

export type RunnableTemplate = Template & { hash: string }

/** What this box can run, which may become less (a file is gone) or be found out anew (ComfyUI restarted). */
export type Runnable = {
  /** By `mode/variant`. */
  find: (key: string) => RunnableTemplate | undefined
  /** Takes a template off the list and tells the server at once, so that its jobs go elsewhere. Never throws. */
  strike: (key: string, why: string) => Promise<void>
}
