import type { Logger } from 'pino'
import type { ComfyHttp } from './http.ts'
import { createLeftovers, type Leftovers } from './leftovers.ts'
import { createScratch, type Scratch, type ScratchDirs } from './scratch.ts'

/** What this process remembers of its ComfyUI from one attempt to the next. */
export type EngineState = {
  scratch: Scratch
  leftovers: Leftovers
  /** Model keys that ComfyUI holds now. */
  warm: Set<string>
  /** True from emptying its memory until the next image: running out of memory then has no other cause than the job. */
  freed: boolean
}

export function createEngineState(http: ComfyHttp, dirs: ScratchDirs, log: Logger): EngineState {
  return { scratch: createScratch(http, dirs, log), leftovers: createLeftovers(http), warm: new Set(), freed: false }
}
