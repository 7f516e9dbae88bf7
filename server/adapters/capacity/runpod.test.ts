import { describe, expect, it } from 'vitest'
import { createRunpodStandin, quickTimings } from '#server/standin/runpod/standin.ts'
import { createCapacity } from './create.ts'
import { capacityEnv } from './env.ts'
import { createRunpodCall } from './runpod-http.ts'
import { createRunpodPods } from './runpod-pods.ts'
import { createRunpodServerless } from './runpod-serverless.ts'

const apiKey = 'rpa_secret_of_the_account'
const [ada, l40] = ['NVIDIA GeForce RTX 4090', 'NVIDIA L40S'] as const
const offer = { name: 'x', templates: ['remix/schnell'], trust: 'datacenter', usdPerHour: 1.2, listed: true } as const
const wish = { name: 'forge-test-1', env: { FORGE_WORKER_KEY: 'fwk_narrow' }, maxAgeS: 3_600 }
const { signal } = new AbortController()

function setUp({ key = apiKey, gpus = [ada, l40] as string[], usdPerHour = 1.2 } = {}) {
  let clock = 1_000_000
  const standin = createRunpodStandin({
    apiKey,
    endpointId: 'ep1',
    timings: { ...quickTimings, listLagMs: 200 },
    now: () => clock,
  })
  const sent: { path: string; body: string }[] = []
  const call = createRunpodCall('http://runpod.test', key, {
    fetch: async (url, init) => {
      sent.push({ path: url.pathname, body: typeof init.body === 'string' ? init.body : '' })
      return standin.app.request(url, init)
    },
  })
  const config = { image: 'forge/worker:1', templateId: null, gpus, cloud: 'SECURE' as const, diskGb: null }
  return {
    ...standin,
    sent,
    pods: createRunpodPods({ ...config, offer: { ...offer, usdPerHour }, namePrefix: 'forge-test-' }, call),
    serverless: createRunpodServerless({ offer, endpointId: 'ep1' }, { jobs: call, management: call }),
    later: (ms: number) => {
      clock += ms
    },
  }
}

describe('pods', () => {
  it('live from asked to removed, at the price that the provider names', async () => {
    const { pods, later, boxes } = setUp()
    const asked = await pods.ask(wish, signal)
    expect(asked).toMatchObject({ kind: 'asked', remote: { name: wish.name, status: 'starting', usdPerHour: 0.69 } })
    const id = asked.kind === 'asked' ? asked.remote.id : ''
    // Not in the list yet, but known by its id.
    expect(await pods.list([], signal)).toEqual([])
    expect(await pods.list([id], signal)).toMatchObject([{ id, status: 'starting' }])
    later(700)
    expect(await pods.list([], signal)).toMatchObject([{ id, status: 'running' }])
    await pods.remove(id, signal)
    await pods.remove(id, signal)
    expect([await pods.list([id], signal), boxes.alive()]).toEqual([[], []])
  })

  it('try the candidates in order where there is no room, never dearer than allowed', async () => {
    const { pods, faults, boxes } = setUp()
    faults.fail('create', 'no_room', { gpu: ada })
    expect((await pods.ask(wish, signal)).kind).toBe('asked')
    expect(boxes.alive().map(({ gpu }) => gpu)).toEqual([l40])
    faults.fail('create', 'no_room', { times: 2 })
    expect(await pods.ask(wish, signal)).toMatchObject({ kind: 'no_room', problem: expect.stringContaining(l40) })
    expect((await setUp({ usdPerHour: 0.5 }).pods.ask(wish, signal)).kind).toBe('no_room')
  })

  it.each([
    [401, 'refused'],
    [402, 'refused'],
    [422, 'refused'],
    [429, 'busy'],
    [500, 'unknown'],
    ['lost', 'unknown'],
  ] as const)('an answer %s means %s, and no other candidate is tried', async (kind, meaning) => {
    const { pods, faults, sent } = setUp()
    faults.fail('create', kind)
    const asked = await pods.ask(wish, signal)
    expect(asked.kind).toBe(meaning)
    if (asked.kind === 'busy') expect(asked.retryAfterS).toBe(12)
    expect(sent.filter(({ path, body }) => path === '/v2/pods' && body !== '')).toHaveLength(1)
  })

  it('that stopped, failed or came back without a GPU are broken; those of others are not ours', async () => {
    const { pods, faults, boxes, later } = setUp()
    faults.doom('blind')
    await pods.ask(wish, signal)
    await pods.ask({ ...wish, name: 'somebody-else' }, signal)
    later(700)
    expect(await pods.list([], signal)).toMatchObject([{ name: wish.name, status: 'broken' }])
    expect(boxes.alive()).toHaveLength(2)
  })

  it('nothing is concluded from a list that fails', async () => {
    const { pods, faults } = setUp()
    faults.fail('list', 500)
    await expect(pods.list([], signal)).rejects.toThrow('HTTP 500')
    faults.fail('delete', 500)
    await expect(pods.remove('x', signal)).rejects.toThrow('HTTP 500')
  })

  it('the key of the account goes to no box, and stands in no problem', async () => {
    const wrong = setUp({ key: 'rpa_wrong' })
    const refused = await wrong.pods.ask(wish, signal)
    expect(refused).toEqual({ kind: 'refused', problem: `${ada}: HTTP 401: missing bearer token` })
    const { pods, sent } = setUp()
    await pods.ask(wish, signal)
    expect(JSON.stringify([sent, refused])).not.toContain('rpa_')
    expect(sent.at(-1)?.body).toContain('fwk_narrow')
  })

  it('a check names what an operator has to mend', async () => {
    expect(await setUp().pods.check(signal)).toBeNull()
    expect(await setUp({ key: 'rpa_wrong' }).pods.check(signal)).toMatch(/cannot list pods.*401/)
    expect(await setUp({ gpus: ['RTX 9090'] }).pods.check(signal)).toMatch(/no GPU type RTX 9090/)
    expect(await setUp({ usdPerHour: 0.1 }).pods.check(signal)).toMatch(/costs at most \$0.1/)
  })
})

describe('a woken endpoint', () => {
  it('costs nothing while it waits, runs, and ends by being cancelled, or by itself', async () => {
    const { serverless, later, boxes, sent } = setUp()
    const asked = await serverless.ask(wish, signal)
    expect(asked).toMatchObject({ kind: 'asked', remote: { status: 'waiting', name: null } })
    const id = asked.kind === 'asked' ? asked.remote.id : ''
    expect(boxes.billedUsd()).toBe(0)
    later(400)
    expect(await serverless.list([id], signal)).toMatchObject([{ id, status: 'running' }])
    await serverless.remove(id, signal)
    await serverless.remove(id, signal)
    expect(await serverless.list([id, 'unknown'], signal)).toMatchObject([{ status: 'ended' }, { status: 'ended' }])
    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({
      input: { box: wish.name, env: wish.env },
      policy: { executionTimeout: 3_600_000 },
    })
  })

  it.each([
    [401, 'refused'],
    [429, 'busy'],
    [500, 'unknown'],
    ['lost', 'unknown'],
  ] as const)('an answer %s means %s', async (kind, meaning) => {
    const { serverless, faults } = setUp()
    faults.fail('run', kind)
    expect((await serverless.ask(wish, signal)).kind).toBe(meaning)
  })

  it('that cannot be asked for its state is no reason to conclude anything', async () => {
    const { serverless, faults } = setUp()
    faults.fail('status', 500)
    await expect(serverless.list(['x'], signal)).rejects.toThrow('HTTP 500')
    expect(await serverless.check(signal)).toBeNull()
    faults.fail('health', 401)
    expect(await serverless.check(signal)).toMatch(/does not answer/)
  })
})

it('an account whose boxes could never reach this server is refused at the start; without one nothing is rented', () => {
  const here = { supabaseUrl: 'https://x.supabase.co', serverUrl: 'http://127.0.0.1:3000', templates: [] }
  const env = { RUNPOD_API_KEY: 'rpa_x', RUNPOD_POD_IMAGE: 'forge/worker:1', RUNPOD_ENDPOINT_ID: 'ep1' }
  expect(createCapacity(capacityEnv.parse({}), here)).toBeNull()
  expect(() => createCapacity(capacityEnv.parse(env), here)).toThrow('cannot reach http://127.0.0.1:3000')
  const capacity = createCapacity(capacityEnv.parse(env), { ...here, serverUrl: 'https://forge.example' })
  expect(capacity?.providers.map(({ offer: { name, trust } }) => [name, trust])).toEqual([
    ['serverless', 'datacenter'],
    ['pods', 'datacenter'],
  ])
  expect(capacity?.namePrefix).toMatch(/^forge-[0-9a-f]{6}-$/)
})
