import type { OpenPress } from './core/request.ts'

const key = 'forge-press'

/** The press that is still without an answer, if any. */
export function readOpenPress(): OpenPress | null {
  const text = localStorage.getItem(key)
  if (text === null) return null
  try {
    const parsed = JSON.parse(text) as Partial<OpenPress>
    const { requestId, body, at } = parsed
    if (typeof requestId !== 'string' || typeof body !== 'string' || typeof at !== 'number') return null
    return { requestId, body, at }
  } catch {
    return null
  }
}

export function writeOpenPress(press: OpenPress | null): void {
  if (press) localStorage.setItem(key, JSON.stringify(press))
  else localStorage.removeItem(key)
}
