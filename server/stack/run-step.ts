import { spawn, type StdioOptions } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'
import { root } from './env.ts'

type Command = readonly [string, ...string[]]

/** Runs one of the project's own tools (a name in node_modules/.bin, or a script) and answers its exit code. */
export function runStep(command: Command, env: Readonly<Record<string, string>> = {}): Promise<number> {
  return ended(start(command, env, ['ignore', 'inherit', 'inherit']))
}

/** The same, but answers what the tool prints instead of printing it: steps that run at once do not mix their lines. */
export async function captureStep(command: Command): Promise<{ code: number; output: string }> {
  const child = start(command, {}, ['ignore', 'pipe', 'pipe'])
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  const code = await ended(child)
  return { code, output: Buffer.concat(chunks).toString() }
}

function start([tool, ...toolArguments]: Command, env: Readonly<Record<string, string>>, stdio: StdioOptions) {
  const bin = path.join(root, 'node_modules', '.bin')
  return spawn(tool === 'node' ? process.execPath : path.join(bin, tool), toolArguments, {
    cwd: root,
    stdio,
    env: {
      ...process.env,
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${bin}${path.delimiter}${process.env['PATH']}`,
      ...env,
    },
    shell: process.platform === 'win32',
  })
}

function ended(child: ReturnType<typeof start>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    // Not `exit`: what a tool printed last may still be on its way.
    child.once('close', (code) => resolve(code ?? 1))
  })
}
