/**
 * A held Enter presses a button some thirty times a second, and a double click presses what its first click has just
 * changed. Neither is meant: no button hears a held key, and those marked `data-once`, which cost something or cannot
 * be taken back, hear one click of several in a row. Called once.
 */
export function ignoreRepeats(): void {
  document.addEventListener('keydown', onKeyDown, true)
  document.addEventListener('click', onClick, true)
}

function buttonOf({ target }: Event): Element | null {
  return target instanceof Element ? target.closest('button') : null
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.repeat && event.key === 'Enter' && buttonOf(event)) event.preventDefault()
}

function onClick(event: MouseEvent): void {
  if (event.detail < 2 || !buttonOf(event)?.hasAttribute('data-once')) return
  event.preventDefault()
  event.stopPropagation()
}
