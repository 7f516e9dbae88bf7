import { spawn } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'
import { root } from './env.ts'

/** Runs one of the project's own tools (a name in node_modules/.bin, or a script) and answers its exit code. */
export function runStep(
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const [tool, ...toolArguments] = command
  const bin = path.join(root, 'node_modules', '.bin')
  return new Promise((resolve, reject) => {
    const child = spawn(tool === 'node' ? process.execPath : path.join(bin, tool), toolArguments, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        PATH: `${path.dirname(process.execPath)}${path.delimiter}${bin}${path.delimiter}${process.env['PATH']}`,
        ...env,
      },
      shell: process.platform === 'win32',
    })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
