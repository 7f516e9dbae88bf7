import type { ComfyStats } from '#worker/comfy/answers.ts'

/** First ComfyUI whose `/api/jobs`, prompt ids and LoadImage behave as this driver expects. */
export const oldestComfy = [0, 33] as const

const loopback = /^(127(\.\d+){3}|localhost|::1)$/

function isTooOld(version: string): boolean {
  const found = /^v?(\d+)\.(\d+)/.exec(version)
  if (!found) return true
  const [major, minor] = [Number(found[1]), Number(found[2])]
  return major < oldestComfy[0] || (major === oldestComfy[0] && minor < oldestComfy[1])
}

/** Value of `--flag value` or `--flag=value`; '' for a bare flag, null when it is not there. */
function flagOf(argv: readonly string[], flag: string): string | null {
  const at = argv.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`))
  const arg = argv[at]
  if (arg === undefined) return null
  if (arg.includes('=')) return arg.slice(flag.length + 1)
  const next = argv[at + 1]
  return next === undefined || next.startsWith('--') ? '' : next
}

/**
 * Why no job may run on this ComfyUI, in words: too old, or started so that others can reach it. Its API has no
 * authentication, so it must listen on loopback, answer no other origin and have no Manager, which installs code.
 */
export function engineFaults({ system }: ComfyStats): string[] {
  const { argv, comfyui_version: version } = system
  const faults: string[] = []
  if (isTooOld(version)) faults.push(`ComfyUI ${version} is older than ${oldestComfy.join('.')}`)
  const listen = flagOf(argv, '--listen')
  if (listen !== null && !listen.split(',').every((host) => loopback.test(host.trim()))) {
    faults.push(`ComfyUI listens on ${listen === '' ? 'every address' : listen}; it must be 127.0.0.1`)
  }
  if (flagOf(argv, '--enable-cors-header') !== null) faults.push('ComfyUI runs with --enable-cors-header')
  if (flagOf(argv, '--enable-manager') !== null) faults.push('ComfyUI runs with its Manager')
  return faults
}

/** What is not as it should be but harms no job. */
export function engineWarnings({ system }: ComfyStats): string[] {
  return flagOf(system.argv, '--disable-metadata') === null ? ['ComfyUI runs without --disable-metadata'] : []
}
