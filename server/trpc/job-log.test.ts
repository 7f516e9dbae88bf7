import { expect, it } from 'vitest'
import { jobFacts } from './job-log.ts'

it('a press is about the jobs it made, a claim about the job it was given', () => {
  expect(jobFacts('forge.create', { requestId: 'r' }, { jobs: [{ id: 'a' }, { id: 'b' }] })).toEqual([
    { job: 'a' },
    { job: 'b' },
  ])
  expect(jobFacts('worker.claim', { warm: [] }, { id: 'a', epoch: 2, spec: {} })).toEqual([{ job: 'a', epoch: 2 }])
  expect(jobFacts('worker.claim', { warm: [] }, null)).toEqual([])
})

it('a refused call is about the job it named', () => {
  expect(jobFacts('worker.complete', { job: 'a', epoch: 1, files: [] }, undefined)).toEqual([{ job: 'a', epoch: 1 }])
  expect(jobFacts('forge.cancel', { id: 'a' }, undefined)).toEqual([{ job: 'a' }])
})

it('other calls and nonsense are about no job', () => {
  expect(jobFacts('assets.confirm', { id: 'a' }, { id: 'b' })).toEqual([])
  expect(jobFacts('worker.fail', 'nonsense', undefined)).toEqual([])
})
