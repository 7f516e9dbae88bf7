import { describe, expect, it } from 'vitest'
import { watchdog, watchTimes, type Watch } from './watch-rule.ts'

const at = 1_000_000
function watch(overrides: Partial<Watch> = {}): Watch {
  return {
    stage: 'sampling',
    now: at,
    changedAt: at,
    heardAt: at,
    openedAt: 1,
    longestGapMs: 400,
    reconnects: 0,
    ...overrides,
  }
}
const ago = (ms: number) => ({ changedAt: at - ms, heardAt: at - ms })

describe('watchdog', () => {
  it('suspects a socket that is silent in the middle of sampling', () => {
    expect(watchdog(watch(ago(4_000)), watchTimes)).toBe('fine')
    expect(watchdog(watch(ago(6_000)), watchTimes)).toBe('reconnect')
  })

  it('pitfall 17: is patient with a model whose steps are slow, and while one loads in silence', () => {
    expect(watchdog(watch({ ...ago(20_000), longestGapMs: 10_000 }), watchTimes)).toBe('fine')
    expect(watchdog(watch({ ...ago(20_000), stage: 'loading' }), watchTimes)).toBe('fine')
  })

  it('suspects less and less often, and not at all a socket that still says other things', () => {
    expect(watchdog(watch({ ...ago(9_000), reconnects: 1 }), watchTimes)).toBe('fine')
    expect(watchdog(watch({ ...ago(60_000), heardAt: at - 10 }), watchTimes)).toBe('fine')
  })

  it('gives up two minutes after the last step and ten minutes into loading', () => {
    expect(watchdog(watch({ ...ago(121_000), heardAt: at }), watchTimes)).toBe('timeout')
    expect(watchdog(watch({ ...ago(121_000), stage: 'loading', heardAt: at }), watchTimes)).toBe('fine')
    expect(watchdog(watch({ ...ago(601_000), stage: 'loading', heardAt: at }), watchTimes)).toBe('timeout')
  })

  it('lets a socket that has just come back speak first, but never for more than the load limit', () => {
    expect(watchdog(watch({ ...ago(121_000), openedAt: at - 1_000 }), watchTimes)).toBe('fine')
    expect(watchdog(watch({ ...ago(601_000), openedAt: at - 1_000 }), watchTimes)).toBe('timeout')
  })
})
