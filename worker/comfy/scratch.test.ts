import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fakeHttp } from '#worker/testing/fake-comfy.ts'
import type { UploadedFile } from './http.ts'
import { createScratch, type ScratchDirs } from './scratch.ts'

const never = new AbortController().signal
const bytes = Buffer.from('a picture')
const output = { filename: 'out_00001_.png', subfolder: '', type: 'temp' }

function openScratch(dirs: ScratchDirs = {}) {
  const uploads: UploadedFile[] = []
  const upload = async (file: UploadedFile) => (uploads.push(file), `${file.subfolder}/${file.name}`)
  return { uploads, scratch: createScratch(fakeHttp({ upload }), dirs, pino({ level: 'silent' })) }
}

describe('createScratch', () => {
  it('pitfall 12: gives attempts that are open at once names of their own', async () => {
    const { scratch } = openScratch()
    const folders = Array.from({ length: 40 }, () => scratch.open())

    const names = await Promise.all(folders.map((folder) => folder.upload('input-0.png', bytes, never)))
    expect(new Set(names).size).toBe(40)
  })

  it('uses few names in turn, the one longest unused first, and leaves a byte of each file', async () => {
    const { scratch, uploads } = openScratch()
    const names: string[] = []
    for (let i = 0; i < 40; i += 1) {
      const folder = scratch.open()
      names.push(await folder.upload('input-0.png', bytes, never))
      folder.note(output)
      await folder.clear()
    }

    expect(new Set(names).size).toBe(16)
    expect(names.slice(0, 16)).toEqual(names.slice(16, 32))
    const last = uploads.slice(-2).map(({ type, name, bytes: left }) => [type, name, left.byteLength])
    expect(last).toEqual([
      ['input', 'input-0.png', 1],
      ['temp', 'out_00001_.png', 1],
    ])
  })

  it('deletes the files where it shares the disk', async () => {
    const root = await mkdtemp(join(tmpdir(), 'forge-scratch-'))
    onTestFinished(() => rm(root, { recursive: true }))
    const dirs = { input: join(root, 'input'), temp: join(root, 'temp') }
    const { scratch, uploads } = openScratch(dirs)
    const folder = scratch.open()
    const name = await folder.upload('input-0.png', bytes, never)
    folder.note(output)
    const files = [join(dirs.input, name), join(dirs.temp, output.filename)]
    for (const path of files) {
      await mkdir(join(path, '..'), { recursive: true })
      await writeFile(path, bytes)
    }

    await folder.clear()

    expect(uploads).toHaveLength(1)
    expect((await readdir(root, { recursive: true })).filter((path) => path.endsWith('.png'))).toEqual([])
  })

  it('empties what is not in the folder that it was told, and touches nothing outside of it', async () => {
    const root = await mkdtemp(join(tmpdir(), 'forge-scratch-'))
    onTestFinished(() => rm(root, { recursive: true }))
    await writeFile(join(root, 'kept.png'), bytes)
    const { scratch, uploads } = openScratch({ temp: join(root, 'temp') })
    const folder = scratch.open()
    folder.note(output)
    folder.note({ ...output, filename: '../kept.png' })

    await folder.clear()

    expect(uploads.map(({ name, bytes: left }) => [name, left.byteLength])).toContainEqual([output.filename, 1])
    expect(await readdir(root)).toEqual(['kept.png'])
  })

  it('leaves a picture in ComfyUI’s own output folder, where it may be somebody else’s', async () => {
    const { scratch, uploads } = openScratch()
    const folder = scratch.open()
    folder.note({ ...output, type: 'output' })

    await folder.clear()
    expect(uploads).toEqual([])
  })

  it('says that all is cleared only when it is', async () => {
    let finish = () => {}
    const upload = async () => new Promise<string>((resolve) => (finish = () => resolve('x')))
    const scratch = createScratch(fakeHttp({ upload }), {}, pino({ level: 'silent' }))
    const folder = scratch.open()
    folder.note(output)
    void folder.clear()
    let settled = false
    const waiting = scratch.settled().then(() => (settled = true))

    await Promise.resolve()
    expect(settled).toBe(false)
    finish()
    await waiting
  })
})
