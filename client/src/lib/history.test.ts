import { expect, test } from 'vitest'
import { createHistory } from './history.ts'

function counter(history = createHistory()) {
  let value = 0
  let clock = 0
  const set = (next: number, { scope = 'a', merge = null as string | null, after = 10_000 } = {}) => {
    const before = value
    value = next
    clock += after
    const step = { scope, merge, undo: () => void (value = before), redo: () => void (value = next) }
    history.push(step, clock)
  }
  return { history, set, value: () => value }
}

test('steps are taken back and made again in order, of what is open alone', () => {
  const { history, set, value } = counter()
  set(1)
  set(2, { scope: 'b' })
  set(3)
  expect(history.undo('a')).toBe(true)
  expect(value()).toBe(2)
  expect(history.facts('a')).toEqual({ canUndo: true, canRedo: true })
  expect(history.redo('a')).toBe(true)
  expect(value()).toBe(3)
  expect(history.redo('a')).toBe(false)
  expect(history.undo('c')).toBe(false)
})

test('one drag of a slider is one step, and a pause begins another', () => {
  const { history, set, value } = counter()
  for (const at of [10, 20, 30]) set(at, { merge: 'creativity', after: 100 })
  set(40, { merge: 'creativity' })
  history.undo('a')
  expect(value()).toBe(30)
  history.undo('a')
  expect(value()).toBe(0)
  history.redo('a')
  expect(value()).toBe(30)
})

test('a hand that is put down anew begins another step, however soon', () => {
  const { history, set, value } = counter()
  set(10, { merge: 'creativity', after: 10 })
  history.seal()
  set(100, { merge: 'creativity', after: 10 })
  history.undo('a')
  expect(value()).toBe(10)
})

test('what is done anew ends what lay ahead, and at least fifty steps are kept', () => {
  const { history, set, value } = counter()
  for (let i = 1; i <= 60; i += 1) set(i)
  for (let i = 0; i < 55; i += 1) history.undo('a')
  expect(value()).toBe(5)
  set(100)
  expect(history.facts('a').canRedo).toBe(false)
})

test('what a step does while it is travelled makes no step, and what is under way becomes one first', () => {
  const { history, set, value } = counter()
  set(1)
  const stop = history.beforeTravel(() => set(7))
  expect(history.undo('a')).toBe(true)
  expect(value()).toBe(1)
  stop()
  history.push({ scope: 'a', merge: null, undo: () => set(50), redo: () => undefined }, 1e9)
  history.undo('a')
  expect(value()).toBe(50)
  history.undo('a')
  expect(value()).toBe(0)
})
