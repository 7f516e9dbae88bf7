import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FolderName } from '#worker/standin/core/types.ts'
import { eventually, openBox, type BenchBox } from '#worker/testing/bench-box.ts'
import { addRepaintJob } from '#worker/testing/repaint-job.ts'

const folderOf = (box: BenchBox, type: FolderName) =>
  dirname(box.comfy.machine.options.folders.path(type, '', 'x') ?? '')

/** Sizes of everything in ComfyUI's input and temp folders. */
async function sizes(box: BenchBox): Promise<number[]> {
  const found: number[] = []
  for (const type of ['input', 'temp'] as const) {
    const folder = folderOf(box, type)
    for (const name of await readdir(folder, { recursive: true })) {
      const file = await stat(join(folder, name))
      if (file.isFile()) found.push(file.size)
    }
  }
  return found
}

describe.concurrent('after a job', { timeout: 30_000 }, () => {
  it('pitfall 19: ComfyUI holds no history and one byte of each file, whether it succeeded or failed', async () => {
    await using box = await openBox()
    const { job } = await addRepaintJob(box, { grow: 0, feather: 4 })
    const failing = await box.addJob({ variant: 'dev', modelKey: 'flux1-dev' })
    box.comfy.faults.arm({ fault: 'oom', step: 6, count: 2 })

    box.startWorker()
    await eventually(() => failing.status === 'failed' || job.status === 'failed', 'one fails')
    await eventually(() => failing.status === 'succeeded' || job.status === 'succeeded', 'the other succeeds')

    await eventually(() => box.comfy.machine.queue.history().size === 0, 'the history is empty')
    await eventually(async () => (await sizes(box)).every((bytes) => bytes === 1), 'every file is empty')
    expect((await sizes(box)).length).toBeGreaterThanOrEqual(4)
  })

  it('nothing at all is left where the two share a disk', async () => {
    await using box = await openBox()
    const job = await box.addJob()

    const env = { COMFY_INPUT_DIR: folderOf(box, 'input'), COMFY_TEMP_DIR: folderOf(box, 'temp') }
    const worker = box.startWorker({}, env)
    await eventually(() => job.status === 'succeeded', 'the job succeeds')
    await worker.stop()

    expect(await sizes(box)).toEqual([])
  })
})
