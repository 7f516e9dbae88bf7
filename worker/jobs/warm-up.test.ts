import { expect, it } from 'vitest'
import { eventually, openBox } from '#worker/testing/bench-box.ts'

it('pitfall 18: a box runs one small job per mode before it claims, and then holds a model', async () => {
  await using box = await openBox({ stepMs: 1, loadMs: 1 })
  const worker = box.startWorker({}, { PROVE: 'jobs' })

  await eventually(() => box.control.calls.get('claim'), 'it asks for work', 25_000)

  const proven = worker.logs
    .filter((line) => line.includes('template proven'))
    .map((line) => /"template":"(\w+)/.exec(line))
  expect(new Set(proven.map((match) => match?.[1]))).toEqual(new Set(['inpaint', 'mashup', 'remix', 'style', 'tonic']))
  expect(box.runs()).toBe(5)
  expect([box.comfy.machine.loaded.size > 0, box.comfy.machine.queue.history().size]).toEqual([true, 0])
}, 30_000)
