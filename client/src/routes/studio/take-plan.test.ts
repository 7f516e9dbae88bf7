import { expect, test } from 'vitest'
import { makeAsset, makeJob } from '#client/testing/jobs.ts'
import { fallbackModes } from './fallback-modes.ts'
import { planTakeUp } from './take-plan.ts'
import { takeSearch } from './take-search.ts'

const modes = fallbackModes
const find = (key: string) => {
  const mode = modes.find((one) => one.key === key)
  if (!mode) throw new Error(`no mode ${key}`)
  return mode
}
const output = makeAsset({ kind: 'output', mime: 'image/png' })
const job = makeJob({ mode: 'style', status: 'succeeded', outputs: [output], creativity: 81, seed: '77' })

test('an address that asks for a job is read, anything else in it is not', () => {
  const from = job.id
  expect(takeSearch({ from, take: 'both', role: 'style' })).toEqual({ from, take: 'both', role: 'style' })
  expect(takeSearch({ from, take: 'image', role: 'hat' })).toEqual({ from, take: 'image' })
  expect(takeSearch({ from, take: 'everything' })).toEqual({})
  expect(takeSearch({ from: '../x', take: 'image' })).toEqual({})
})

test('an image goes to the mode that is open, and leaves every setting alone', () => {
  const plan = planTakeUp({ job, what: 'image', role: null }, modes, find('remix'))
  expect(plan).toMatchObject({ mode: { key: 'remix' }, settings: null, seed: null, anew: false, lost: null })
  expect(plan.pictures).toEqual([{ role: 'base', weight: 1, asset: output }])
})

test('an image for a role that the open mode lacks opens the first mode that has it', () => {
  const plan = planTakeUp({ job, what: 'image', role: 'source' }, modes, find('remix'))
  expect(plan.mode.key).toBe('inpaint')
  expect(plan.pictures[0]?.role).toBe('source')
})

test('settings bring words, dials and seed to the mode they were made with, and no image', () => {
  const plan = planTakeUp({ job, what: 'settings', role: null }, modes, find('remix'))
  expect(plan).toMatchObject({ mode: { key: 'style' }, seed: { value: '77' }, pictures: [], anew: false })
  expect(plan.settings).toMatchObject({ prompt: 'linocut', creativity: 81 })
})

test('exactly means the same images, strengths, dials and seed; a branch draws another seed', () => {
  const inputs = [
    { role: 'base' as const, weight: 1, asset: makeAsset() },
    { role: 'style' as const, weight: 0.35, asset: makeAsset() },
  ]
  const whole = { ...job, inputs }
  const exact = planTakeUp({ job: whole, what: 'exact', role: null }, modes, find('remix'))
  expect(exact.pictures.map(({ role, weight }) => [role, weight])).toEqual([
    ['base', 1],
    ['style', 0.35],
  ])
  expect(exact).toMatchObject({ seed: { value: '77' }, anew: true, lost: null })
  expect(planTakeUp({ job: whole, what: 'branch', role: null }, modes, find('remix')).seed).toBe('draw')
})

test('an input, a mask or a result that was deleted is told, and the rest is planned', () => {
  const lacking = planTakeUp({ job: { ...job, inputs: [] }, what: 'exact', role: null }, modes, find('remix'))
  expect(lacking).toMatchObject({ lost: 'input', settings: { prompt: 'linocut' } })
  const cut = makeJob({ mode: 'inpaint', inputs: [{ role: 'source', weight: 1, asset: makeAsset({ kind: 'work' }) }] })
  expect(planTakeUp({ job: cut, what: 'exact', role: null }, modes, find('remix')).lost).toBe('mask')
  const gone = planTakeUp({ job: { ...job, outputs: [] }, what: 'both', role: null }, modes, find('remix'))
  expect(gone).toMatchObject({ lost: 'image', pictures: [], settings: { prompt: 'linocut' } })
})

test('a mode that is no longer offered leaves its words to the one that is open', () => {
  const plan = planTakeUp({ job: { ...job, mode: 'gone' }, what: 'exact', role: null }, modes, find('remix'))
  expect(plan).toMatchObject({ mode: { key: 'remix' }, settings: { prompt: 'linocut' }, anew: false })
})
