import { rm } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import type { Logger } from 'pino'
import type { ImageRef } from '#worker/core/messages.ts'
import type { ComfyHttp } from './http.ts'

/** ComfyUI's folders when this process shares its disk; undefined where it does not. */
export type ScratchDirs = { input?: string | undefined; temp?: string | undefined }

/** Where one attempt's files lie in ComfyUI. Nobody else's names are in it while it is open. */
export type ScratchFolder = {
  /** Uploads an input and answers the name to write into LoadImage. Throws as `ComfyHttp.upload`. */
  upload: (name: string, bytes: Uint8Array, signal: AbortSignal) => Promise<string>
  /** An output that is to go with the inputs. */
  note: (image: ImageRef) => void
  /** Ends the attempt's use: its files are removed or emptied, its names free again. Never throws. */
  clear: () => Promise<void>
}

export type Scratch = {
  open: () => ScratchFolder
  /** Until every `clear` that was begun has ended. */
  settled: () => Promise<void>
}

/** Folders in turn where nothing can be deleted: enough that a name is long unused before it comes again. */
const slots = 16
const emptyingMs = 5_000
/** ComfyUI's API deletes nothing, but overwrites: one byte stays of each file. */
const nothing = Uint8Array.of(0)

type File = { type: 'input' | 'temp'; subfolder: string; name: string }

function pathIn(root: string, { subfolder, name }: File): string | null {
  const path = resolve(root, subfolder, name)
  return path.startsWith(resolve(root) + sep) ? path : null
}

/**
 * Keeps what people sent and what was made for them from piling up in ComfyUI. With its folders at hand the files are
 * deleted; else each is overwritten with one byte and the input names are used again, the one longest unused first.
 */
export function createScratch(http: ComfyHttp, dirs: ScratchDirs, log: Logger): Scratch {
  /** Free numbers, the longest unused first. A process begins anywhere, so that restarts do not wear out the first ones. */
  const start = Math.floor(Math.random() * slots)
  const free = Array.from({ length: slots }, (_, i) => (start + i) % slots)
  let beyond = slots
  const clearing = new Set<Promise<void>>()

  /** True when the file was there and is gone. A folder that is not ComfyUI's must not leave everything lying. */
  async function unlinkFile(file: File): Promise<boolean> {
    const root = dirs[file.type]
    const path = root === undefined ? null : pathIn(root, file)
    if (path === null) return false
    return rm(path).then(
      () => true,
      () => false,
    )
  }

  async function remove(file: File): Promise<void> {
    if (await unlinkFile(file)) return
    await http.upload({ ...file, bytes: nothing }, AbortSignal.timeout(emptyingMs))
  }

  async function removeAll(files: readonly File[], slot: number): Promise<void> {
    const results = await Promise.allSettled(files.map(remove))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) log.warn({ err: failed.reason as unknown, files: files.length }, 'files left in ComfyUI')
    if (slot < slots) free.push(slot)
  }

  return {
    settled: async () => void (await Promise.all(clearing)),
    open() {
      // More attempts at once than slots would be a defect elsewhere; their names must still be their own.
      const slot = free.shift() ?? (beyond += 1)
      const subfolder = `jobs/slot-${slot}`
      /** By name: an upload that is tried again, or again after a restart of ComfyUI, is still one file. */
      const files = new Map<string, File>()
      const keep = (file: File) => void files.set(`${file.type}/${file.subfolder}/${file.name}`, file)
      let open = true
      return {
        upload(name, bytes, signal) {
          keep({ type: 'input', subfolder, name })
          return http.upload({ type: 'input', subfolder, name, bytes }, signal)
        },
        note({ type, subfolder: folder, filename }) {
          if (type === 'temp') keep({ type, subfolder: folder, name: filename })
        },
        async clear() {
          if (!open) return
          open = false
          const cleared = removeAll([...files.values()], slot)
          clearing.add(cleared)
          await cleared
          clearing.delete(cleared)
        },
      }
    },
  }
}
