const levels: Readonly<Record<string, string>> = {
  '10': 'trace',
  '20': 'debug',
  '30': 'info',
  '40': 'warn',
  '50': 'error',
  '60': 'fatal',
}
const quiet = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'name', 'v'])

/**
 * One line of a part's output as a person reads it: `server │ warn slow claim job=… ms=812`. Lines that are not
 * JSON pass as they are.
 */
export function formatLog(part: string, line: string): string {
  const prefix = `${part.padEnd(9)}│ `
  const record = parseRecord(line)
  if (!record) return prefix + line
  const level = levels[text(record['level'])] ?? text(record['level'] ?? 'info')
  const fields = Object.entries(record)
    .filter(([key]) => !quiet.has(key))
    .map(([key, value]) => `${key}=${text(value)}`)
  return [prefix + (level === 'info' ? '' : `${level} `) + text(record['msg'] ?? ''), ...fields].join(' ')
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  // An error's stack is for FORGE_LOG=json; a person first needs what it says.
  if (typeof value === 'object' && value !== null && 'message' in value && 'stack' in value) return text(value.message)
  return JSON.stringify(value)
}

function parseRecord(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}
