import type { OpenPress } from './core/request.ts'
import { keptLocal } from '#client/lib/kept-local.ts'

const key = 'forge-press'

/** The press that is still without an answer, if any. */
export function readOpenPress(): OpenPress | null {
  const text = keptLocal.getItem(key)
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
  if (press) keptLocal.setItem(key, JSON.stringify(press))
  else keptLocal.removeItem(key)
}
