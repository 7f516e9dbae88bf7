type Handed = { files: readonly File[]; address: string }

/** Something done before the page was there; `path` leads to what it was done to, below the root of frame and page. */
export type Deed = { path: readonly number[] } & (
  | { kind: 'press' | 'write'; field: HTMLTextAreaElement | null }
  | { kind: 'choose'; files: readonly File[] }
  | ({ kind: 'drop' } & Handed)
)

/** Where an element stands below `root`, as the place among its siblings at each level. */
export function pathTo(root: Element, element: Element): number[] {
  const path: number[] = []
  for (let at = element; at !== root;) {
    const parent = at.parentElement
    if (!parent) return path
    path.unshift([...parent.children].indexOf(at))
    at = parent
  }
  return path
}

function elementAt(root: Element, path: readonly number[]): Element | null {
  return path.reduce<Element | null>((at, place) => at?.children[place] ?? null, root)
}

/** What was dropped or pasted. Only while its event is under way can it be asked. */
export function filesIn(transfer: DataTransfer | null): Handed {
  return { files: [...(transfer?.files ?? [])], address: transfer?.getData('text/uri-list') ?? '' }
}

function handOver({ files, address }: Handed): DataTransfer {
  const transfer = new DataTransfer()
  for (const file of files) transfer.items.add(file)
  if (files.length === 0 && address !== '') transfer.setData('text/uri-list', address)
  return transfer
}

/** Does in the page below `root` what was done before it was there. */
export function redo(root: Element, deed: Deed): void {
  const target = elementAt(root, deed.path)
  if (deed.kind === 'drop') {
    const init = { bubbles: true, cancelable: true, dataTransfer: handOver(deed) }
    return void (target ?? root).dispatchEvent(new DragEvent('drop', init))
  }
  if (deed.kind === 'choose') {
    if (!(target instanceof HTMLInputElement) || deed.files.length === 0) return
    target.files = handOver({ files: deed.files, address: '' }).files
    return void target.dispatchEvent(new Event('change', { bubbles: true }))
  }
  if (!(target instanceof HTMLElement)) return
  if (deed.kind === 'press') return target.click()
  target.focus()
  const text = deed.field?.value ?? ''
  if (!(target instanceof HTMLTextAreaElement) || text === '') return
  // Not by its value, which the page's own setter would take for something it already knows.
  target.setRangeText(text, 0, target.value.length, 'end')
  target.dispatchEvent(new Event('input', { bubbles: true }))
}
