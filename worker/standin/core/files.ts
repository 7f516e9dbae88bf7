import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, extname, join, resolve, sep } from 'node:path'
import type { FolderName, ImageRef } from './types.ts'

const folders: readonly FolderName[] = ['input', 'output', 'temp']

/** The three folders a ComfyUI process reads and writes. Paths never leave them. */
export class Folders {
  private readonly base: string
  /** Last counter used per prefix, so a full folder is listed once only. */
  private readonly counters = new Map<string, number>()

  constructor(base: string) {
    this.base = base
    for (const folder of folders) mkdirSync(join(base, folder), { recursive: true })
  }

  /** The absolute path of a name in a folder, or null when it would leave it. */
  path(type: FolderName, subfolder: string, name: string): string | null {
    const root = join(this.base, type)
    const path = resolve(root, subfolder, name)
    return path === root || !path.startsWith(root + sep) ? null : path
  }

  /** Where LoadImage's `sub/name.png` or `name.png [output]` lies, or null when there is no such file. */
  annotated(name: unknown): string | null {
    if (typeof name !== 'string') return null
    const match = /^(.*?)(?: \[(input|output|temp)\])?$/.exec(name)
    const path = this.path((match?.[2] ?? 'input') as FolderName, '', match?.[1] ?? '')
    return path !== null && existsSync(path) && statSync(path).isFile() ? path : null
  }

  inputImages(): string[] {
    return readdirSync(join(this.base, 'input'), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort()
  }

  /**
   * Stores an upload: same name and same bytes reuse the file, other bytes become `name (1).png` unless overwriting.
   * @returns the name that holds these bytes, or null when the path would leave the folder
   */
  store(
    type: FolderName,
    upload: { subfolder: string; name: string; body: Buffer; overwrite: boolean },
  ): string | null {
    const { subfolder, name, body, overwrite } = upload
    const stem = basename(name, extname(name))
    for (let copy = 0; ; copy += 1) {
      const candidate = copy === 0 ? name : `${stem} (${copy})${extname(name)}`
      const path = this.path(type, subfolder, candidate)
      if (path === null) return null
      if (!overwrite && existsSync(path)) {
        if (readFileSync(path).equals(body)) return candidate
        continue
      }
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, body)
      return candidate
    }
  }

  /** Writes an output image under the next free counter of its prefix: `<prefix>_00001_.png`. */
  write(type: FolderName, prefix: string, png: Buffer): ImageRef {
    const subfolder = dirname(prefix) === '.' ? '' : dirname(prefix)
    const stem = basename(prefix)
    const inside = this.path(type, subfolder, stem)
    if (inside === null) throw new Error('Saving image outside the output folder is not allowed.')
    mkdirSync(dirname(inside), { recursive: true })
    const counter = (this.counters.get(inside) ?? highestCounter(dirname(inside), stem)) + 1
    this.counters.set(inside, counter)
    const filename = `${stem}_${String(counter).padStart(5, '0')}_.png`
    writeFileSync(join(dirname(inside), filename), png)
    return { filename, subfolder, type }
  }

  /** A mark of an input file's content, for cache keys; '' when it is not there. */
  mark(name: unknown): string {
    const path = this.annotated(name)
    return path === null ? '' : createHash('sha256').update(readFileSync(path)).digest('hex')
  }

  emptyTemp(): void {
    this.counters.clear()
    rmSync(join(this.base, 'temp'), { recursive: true, force: true })
    mkdirSync(join(this.base, 'temp'), { recursive: true })
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true })
  }
}

function highestCounter(folder: string, stem: string): number {
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${stem}_`))
    .map((file) => Number.parseInt(file.slice(stem.length + 1), 10) || 0)
    .reduce((highest, counter) => Math.max(highest, counter), 0)
}
