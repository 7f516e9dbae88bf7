/** Bytes `first` to `last`, both included. */
type ByteRange = { first: number; last: number }

/**
 * The one range a `Range` header asks of `size` bytes. Undefined when there is none or when it is not a single byte
 * range (RFC 9110 lets a server ignore those and answer the whole).
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '')
  if (match === null) return undefined
  const [from, to] = [match[1] ?? '', match[2] ?? '']
  if (from === '' && to === '') return undefined
  if (from === '') {
    const length = Number(to)
    return length === 0 || size === 0 ? 'unsatisfiable' : { first: Math.max(0, size - length), last: size - 1 }
  }
  const first = Number(from)
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < first) return undefined
  return first >= size ? 'unsatisfiable' : { first, last }
}
