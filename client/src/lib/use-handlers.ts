import { useInsertionEffect, useRef, useState } from 'react'

type Handlers = Record<string, (...given: never[]) => unknown>

/**
 * The same functions for as long as the component lives, each doing what it meant at the last render, so that parts that
 * are handed them render only when something that shows has changed. For what people do: never called while rendering.
 */
export function useHandlers<H extends Handlers>(latest: H): H {
  const current = useRef<Handlers>(latest)
  useInsertionEffect(() => {
    current.current = latest
  })
  const [handlers] = useState(() => {
    const entries = Object.keys(latest).map((key) => [key, (...given: never[]) => current.current[key]?.(...given)])
    return Object.fromEntries(entries) as H
  })
  return handlers
}
