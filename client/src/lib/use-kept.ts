import { useMemo } from 'react'

/** The object of before while the new one says the same. Plain data only: what JSON holds. */
export function useKept<T>(value: T): T {
  const text = JSON.stringify(value)
  return useMemo(() => JSON.parse(text) as T, [text])
}
