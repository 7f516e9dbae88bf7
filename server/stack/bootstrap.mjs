// Runs on bare Node 20 with no packages: installs what the lockfile names, then hands over to the Node that npm
// brought (24), which runs TypeScript as it is. Every npm script starts here, so each works on a fresh clone.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..')
const bin = path.join(root, 'node_modules', '.bin')
const stamp = path.join(root, 'node_modules', '.forge-lockfile')

function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

function versionOf(node) {
  const answer = spawnSync(node, ['--version'], { encoding: 'utf8' })
  const [major, minor] = (answer.stdout ?? '').replace(/^v/, '').split('.').map(Number)
  return answer.status === 0 && major ? { major, minor } : null
}

function runsTypeScript(node) {
  const version = versionOf(node)
  return version !== null && (version.major > 22 || (version.major === 22 && version.minor >= 18))
}

function install() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  process.stderr.write('Installing packages (first start, or the lockfile changed)…\n')
  const npm = process.env.npm_execpath
  // Not `npm ci`: it refuses a lockfile without an entry for every other platform's optional binary, and a registry
  // mirror need not carry them all. `install --no-save` keeps to the locked versions and hashes and writes nothing.
  const arguments_ = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  // NODE_ENV=production would leave out the tools that build and test.
  const env = { ...process.env, NODE_ENV: 'development' }
  const options = { cwd: root, stdio: ['ignore', 2, 2], env }
  const result = npm
    ? spawnSync(process.execPath, [npm, ...arguments_], options)
    : spawnSync('npm', arguments_, { ...options, shell: process.platform === 'win32' })
  if (result.status !== 0) fail('Installing packages failed; the lines above say why. Nothing was started.')
  writeFileSync(stamp, lock)
}

const [script, ...scriptArguments] = process.argv.slice(2)
if (!script) fail('usage: node server/stack/bootstrap.mjs <script> [arguments]')
if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`The Forge needs Node 20 or newer; this is ${process.version}.`)

install()

const bundled = path.join(bin, process.platform === 'win32' ? 'node.cmd' : 'node')
const packaged = path.join(
  root,
  'node_modules',
  `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)
const node = [packaged, bundled, process.execPath].find((candidate) =>
  candidate === process.execPath ? runsTypeScript(candidate) : existsSync(candidate) && runsTypeScript(candidate),
)
if (!node) {
  fail(
    `npm has no Node 24 for ${process.platform}-${process.arch}, and this Node is ${process.version}. Install Node 22.18 or newer and try again.`,
  )
}

const child = spawn(node, ['--disable-warning=ExperimentalWarning', path.resolve(root, script), ...scriptArguments], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: `${path.dirname(node)}${path.delimiter}${bin}${path.delimiter}${process.env.PATH ?? ''}`,
  },
})
// A terminal's Ctrl-C reaches the child by itself; a signal sent to this process alone must be passed on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
process.on('SIGINT', () => undefined)
child.on('exit', (code, signal) => {
  process.exit(code ?? (signal ? 1 : 0))
})
