/** A value of Stripe's form encoding: `a[b][0]=c` is `{a: {b: ['c']}}`. */
export type FormValue = string | FormValue[] | { [name: string]: FormValue }

type Node = { [name: string]: string | Node }

/** Reads a form body or a query string; every leaf stays text. Names deeper than eight levels are dropped. */
export function parseForm(text: string): { [name: string]: FormValue } {
  const root: Node = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.split(/[[\]]+/).filter((part) => part !== '')
    if (path.length > 0 && path.length <= 8) put(root, path, value)
  }
  return toObject(root)
}

function put(node: Node, [head = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    node[head] = value
    return
  }
  const inner = node[head]
  const next: Node = typeof inner === 'object' ? inner : Object.create(null)
  node[head] = next
  put(next, rest, value)
}

function toObject(node: Node): { [name: string]: FormValue } {
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, toValue(value)]))
}

function toValue(value: string | Node): FormValue {
  if (typeof value === 'string') return value
  const names = Object.keys(value)
  const isList = names.length > 0 && names.every((name) => /^\d+$/.test(name))
  return isList ? names.map((name) => toValue(value[name] ?? '')) : toObject(value)
}
