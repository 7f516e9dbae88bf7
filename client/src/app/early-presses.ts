/** Where an element stands below `root`, as the place among its siblings at each level. */
function pathTo(root: Element, element: Element): number[] {
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

function isUnder(element: Element, { clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = element.getBoundingClientRect()
  return clientX >= left && clientX < right && clientY >= top && clientY < bottom
}

/**
 * `frame` looks like the page that will replace it and hears nothing, so presses there arrive at what lies around it and
 * are remembered. The function returned ends that and presses the same in the page, whose tree below `root` is built
 * alike; call it once the page is there.
 */
export function repeatPresses(frame: HTMLElement): (root: Element) => void {
  const paths: number[][] = []
  const press = (event: MouseEvent) => {
    const under = [...frame.querySelectorAll('a, button, label')].filter((one) => isUnder(one, event))
    const innermost = under.at(-1)
    if (innermost) paths.push(pathTo(frame, innermost))
  }
  document.addEventListener('click', press)
  return (root) => {
    document.removeEventListener('click', press)
    for (const path of paths) {
      const target = elementAt(root, path)
      if (target instanceof HTMLElement) target.click()
    }
  }
}
