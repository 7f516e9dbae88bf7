/** How long this box took for the last picture of each template, so that the next one's end can be foreseen. */
export type Pace = {
  /** Milliseconds on the card; undefined before the first. */
  expect: (key: string) => number | undefined
  note: (key: string, gpuMs: number) => void
}

export function createPace(): Pace {
  const last = new Map<string, number>()
  return {
    expect: (key) => last.get(key),
    note: (key, gpuMs) => void last.set(key, gpuMs),
  }
}
