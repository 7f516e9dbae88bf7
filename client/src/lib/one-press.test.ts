// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest'
import { ignoreRepeats } from './one-press.ts'

ignoreRepeats()

function makeButton(once: boolean): { button: HTMLButtonElement; pressed: () => number } {
  const button = document.createElement('button')
  button.toggleAttribute('data-once', once)
  const onClick = vi.fn()
  button.addEventListener('click', onClick)
  document.body.append(button)
  return { button, pressed: () => onClick.mock.calls.length }
}

function doubleClick(button: HTMLButtonElement): void {
  for (const detail of [1, 2])
    button.dispatchEvent(new MouseEvent('click', { detail, bubbles: true, cancelable: true }))
}

test('a double click is one press where it costs something, and two elsewhere', () => {
  const [once, plain] = [makeButton(true), makeButton(false)]
  doubleClick(once.button)
  doubleClick(plain.button)

  expect([once.pressed(), plain.pressed()]).toEqual([1, 2])
})

test('a held Enter presses no button again', () => {
  const { button } = makeButton(false)
  const held = new KeyboardEvent('keydown', { key: 'Enter', repeat: true, bubbles: true, cancelable: true })

  expect(button.dispatchEvent(held)).toBe(false)
})
