import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { eventually, openBox } from '#worker/testing/bench-box.ts'

describe('a worker', { timeout: 30_000 }, () => {
  it('takes a job from the queue to stored outputs', async () => {
    await using box = await openBox({ fullSize: true, paint: true })
    const job = await box.addJob({ variant: 'dev', modelKey: 'flux1-dev' })

    box.startWorker()
    await eventually(() => job.status === 'succeeded', 'the job succeeds')

    const [completion] = job.completions
    expect(completion?.files.map((file) => [file.kind, file.mime])).toEqual([
      ['preview', 'image/webp'],
      ['output', 'image/png'],
      ['thumb', 'image/webp'],
      ['timeline', 'image/webp'],
    ])
    const full = box.control.stored.get(completion?.files[1]?.stagingKey ?? '')
    expect(await sharp(full).metadata()).toMatchObject({ format: 'png', width: 1248, height: 832 })
    expect(Buffer.from(full ?? []).toString('latin1')).toContain('no GPU')
    expect(box.runs()).toBe(1)
  })
})
