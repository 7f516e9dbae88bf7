import { type Deed, filesIn, pathTo, redo } from './early-deeds.ts'

function isUnder(element: Element, { clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = element.getBoundingClientRect()
  return clientX >= left && clientX < right && clientY >= top && clientY < bottom
}

function innermost(frame: Element, what: string, event: MouseEvent): Element | undefined {
  return [...frame.querySelectorAll(what)].findLast((one) => isUnder(one, event))
}

/**
 * Opens the picker that the button before `mark` would open: only a press may do that, and by the time the page hears
 * it is long past. `mark` stands where the page has the field, and has its attributes.
 */
function pick(mark: Element, onFiles: (files: readonly File[]) => void): void {
  const input = document.createElement('input')
  for (const { name, value } of mark.attributes) input.setAttribute(name, value)
  input.type = 'file'
  input.addEventListener('change', () => {
    onFiles([...(input.files ?? [])])
    input.remove()
  })
  input.addEventListener('cancel', () => input.remove())
  // Not every browser tells one that stands nowhere what was chosen.
  document.body.append(input)
  input.click()
}

/** What a key makes of a text; null when it writes nothing. */
function typed(text: string, { key, ctrlKey, metaKey, altKey }: KeyboardEvent): string | null {
  if (ctrlKey || metaKey || altKey) return null
  if (key === 'Backspace') return Array.from(text).slice(0, -1).join('')
  if (key === 'Enter') return `${text}\n`
  return key.length === 1 ? text + key : null
}

/**
 * `frame` looks like the page that will replace it and hears nothing, so what is pressed, typed, dropped or pasted there
 * arrives at what lies around it and is remembered. The function returned ends that and does the same in the page, whose
 * tree below `root` is built alike; call it once the page is there. Without a frame there is only what was dropped or
 * pasted.
 */
export function repeatPresses(frame: HTMLElement | null): (root: Element) => void {
  const deeds: Deed[] = []
  let place: Element | null = null
  let field: HTMLTextAreaElement | null = null
  const listening = new AbortController()
  const { signal } = listening

  function remember(deed: Deed): void {
    if (place) redo(place, deed)
    else deeds.push(deed)
  }
  function press(shown: HTMLElement, event: MouseEvent): void {
    const under = innermost(shown, 'a, button, label, textarea', event)
    field = under instanceof HTMLTextAreaElement ? under : null
    if (!under) return
    const mark = under.nextElementSibling
    if (!mark?.matches('i[accept]')) {
      deeds.push({ kind: field ? 'write' : 'press', path: pathTo(shown, under), field })
      return
    }
    const path = pathTo(shown, mark)
    pick(mark, (files) => remember({ kind: 'choose', path, files }))
  }
  function write(event: KeyboardEvent | ClipboardEvent): void {
    const text = event instanceof KeyboardEvent ? null : (event.clipboardData?.getData('text/plain') ?? '')
    const next = field && (event instanceof KeyboardEvent ? typed(field.value, event) : `${field.value}${text}`)
    if (!field || next === null) return
    event.preventDefault()
    field.value = next
  }
  function drop(event: DragEvent): void {
    event.preventDefault()
    const zone = frame && innermost(frame, '[data-role]', event)
    deeds.push({ kind: 'drop', path: frame && zone ? pathTo(frame, zone) : [], ...filesIn(event.dataTransfer) })
  }
  function paste(event: ClipboardEvent): void {
    const handed = filesIn(event.clipboardData)
    if (handed.files.length > 0) deeds.push({ kind: 'drop', path: [], ...handed })
    else write(event)
  }

  if (frame) {
    document.addEventListener('click', (event) => press(frame, event), { signal })
    document.addEventListener('keydown', write, { signal })
  }
  // What is let go on a page that does not hear would take the page there.
  document.addEventListener('dragover', (event) => event.preventDefault(), { signal })
  document.addEventListener('drop', drop, { signal })
  document.addEventListener('paste', paste, { signal })
  return (root) => {
    listening.abort()
    place = root
    for (const deed of deeds) redo(root, deed)
  }
}
