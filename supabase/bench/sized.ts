import process from 'node:process'

/** `full`, or `quick` where the bench was started with `--quick`: to see that it runs, never for a figure. */
export function sized<T>(full: T, quick: T): T {
  return process.argv.includes('--quick') ? quick : full
}
