/** What local storage would not take, for as long as the page lives. */
const memory = new Map<string, string>()

/**
 * Local storage that never throws: where it is forbidden or full, a value lives as long as the page, which then works
 * like any other until it is closed.
 */
export const keptLocal = {
  getItem(key: string): string | null {
    const held = memory.get(key)
    if (held !== undefined) return held
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  },
  setItem(key: string, value: string): void {
    try {
      localStorage.setItem(key, value)
      memory.delete(key)
    } catch {
      memory.set(key, value)
    }
  },
  removeItem(key: string): void {
    memory.delete(key)
    try {
      localStorage.removeItem(key)
    } catch {
      // Forbidden: nothing was ever kept there.
    }
  },
}
