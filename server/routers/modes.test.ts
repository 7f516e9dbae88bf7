import { describe, expect, it } from 'vitest'
import { callAs, testDeps } from '#server/testing/deps.ts'
import { plentyLeft } from '#server/testing/memory-database.ts'
import type { Caller } from '#server/trpc/context.ts'

const owner = '0199aaaa-0000-7000-8000-000000000001'
const anonymous: Caller = { kind: 'user', user: { id: owner, anonymous: true } }

async function setUp() {
  const given = await testDeps()
  return { ...given, as: (caller: Caller) => callAs(given.deps, caller) }
}

describe('modes.list', () => {
  it('shows the chosen variant, and no slider that it binds to nothing', async () => {
    const { as, state } = await setUp()
    const sliders = async () =>
      (await as({ kind: 'visitor' }).modes.list()).modes
        .find(({ key }) => key === 'remix')
        ?.sliders.map(({ key }) => key)

    expect(await sliders()).toEqual(['creativity', 'chaos'])
    state.settings.variants['remix'] = 'schnell'
    expect(await sliders()).toEqual(['creativity'])
  })

  const unavailable = async (given: Awaited<ReturnType<typeof setUp>>, caller: Caller = { kind: 'visitor' }) => {
    const { modes } = await given.as(caller).modes.list()
    const mode = modes.find(({ key }) => key === 'remix')
    expect(mode?.available).toBe(mode?.unavailable === null)
    return mode?.unavailable
  }
  const box = (...templates: string[]) => ({ id: owner, capabilities: { templates, standIn: true, toy: false } })

  it('offers a mode while no box is online, one that is can run it, or one for it may come', async () => {
    const given = await setUp()

    expect(await unavailable(given)).toBeNull()
    given.state.workers.push(box('style/sdxl'))
    expect(await unavailable(given)).toBe('no-worker')
    given.state.coming.push('remix/dev')
    expect(await unavailable(given)).toBeNull()
    given.state.coming.pop()
    given.state.workers.push(box('remix/dev'))
    expect(await unavailable(given)).toBeNull()
  })

  it('offers a mode that cannot be sold to those with free images alone', async () => {
    const given = await setUp()

    expect(await unavailable(given, anonymous)).toBeNull()
    given.state.quote = { ...plentyLeft, purse: 'credits' }
    expect(await unavailable(given, anonymous)).toBe('licence')
    given.state.settings.licences.push('flux1-dev')
    expect(await unavailable(given, anonymous)).toBeNull()
  })

  it('offers no mode without a chosen variant, nor one whose variant is gone', async () => {
    const given = await setUp()

    for (const variants of [{}, { remix: 'gone' }]) {
      given.state.settings.variants = variants
      expect(await unavailable(given)).toBe('not-installed')
    }
  })

  it('says what each mode takes beside its images', async () => {
    const { as, state } = await setUp()
    const keys = { style: 'sdxl', remix: 'schnell', inpaint: 'sdxl', mashup: 'canny', tonic: 'schnell' }
    state.settings.variants = keys

    const { modes } = await as({ kind: 'visitor' }).modes.list()

    const shown = modes.map(({ key, mask, negative, aspect }) => [key, { mask, negative, aspect }])
    expect(Object.fromEntries(shown)).toEqual({
      style: { mask: false, negative: true, aspect: false },
      remix: { mask: false, negative: false, aspect: false },
      inpaint: { mask: true, negative: true, aspect: false },
      mashup: { mask: false, negative: true, aspect: false },
      tonic: { mask: false, negative: false, aspect: true },
    })
  })

  it('calls the engine a stand-in only while nothing else is online', async () => {
    const { as, state } = await setUp()
    const engine = async () => (await as({ kind: 'visitor' }).modes.list()).engine
    const worker = (standIn: boolean, toy = false) => ({ id: owner, capabilities: { templates: [], standIn, toy } })

    expect(await engine()).toEqual({ workersOnline: 0, standIn: false })
    state.workers.push(worker(true))
    expect(await engine()).toEqual({ workersOnline: 1, standIn: true })
    state.workers.push(worker(false, true))
    expect(await engine()).toEqual({ workersOnline: 2, standIn: true })
    state.workers.push(worker(false))
    expect(await engine()).toEqual({ workersOnline: 3, standIn: false })
  })
})
