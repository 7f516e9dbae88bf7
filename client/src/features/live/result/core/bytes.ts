/** Bytes after each other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.codePointAt(0) ?? 0)
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
