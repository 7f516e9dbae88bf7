import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '#worker/testing/bench-box.ts'
import { startFakeControlPlane } from '#worker/testing/fake-control-plane.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** The image's start script as it runs in a container, with the stand-in in ComfyUI's place. */
async function startBox() {
  const [control, comfyPort, healthPort] = await Promise.all([startFakeControlPlane(), freePort(), freePort()])
  const data = await mkdtemp(join(tmpdir(), 'forge-image-'))
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start.ts')], {
    env: {
      PATH: process.env['PATH'],
      COMFY_PYTHON: process.execPath,
      COMFY_DIR: join(import.meta.dirname, '../standin'),
      COMFY_MAIN: 'main.ts',
      COMFY_PORT: String(comfyPort),
      STANDIN_PORT: String(comfyPort),
      STANDIN_STEP_MS: '0',
      STANDIN_LOAD_MS: '0',
      HEALTH_PORT: String(healthPort),
      FORGE_SERVER_URL: control.url,
      FORGE_WORKER_KEY: control.key,
      // An empty folder of weights would strike every template out, and the stand-in has none.
      MODELS_DIR: '',
      PROVE: 'signatures',
      WORKER_DATA: data,
      GRACE_S: '5',
    },
    stdio: 'ignore',
    // A group of its own, so that nothing of it outlives the test.
    detached: true,
  })
  onTestFinished(async () => {
    killGroup(child)
    await control.stop()
    await rm(data, { recursive: true, force: true })
  })
  const health = () =>
    fetch(`http://127.0.0.1:${healthPort}/`).then(
      (response) => response.status,
      () => 0,
    )
  await eventually(() => (control.calls.get('claim') ?? 0) > 0, 'the worker asks for work', 20_000)
  return { child, control, comfy: `http://127.0.0.1:${comfyPort}`, health }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in it.
  }
}

/** Process ids of a process' children. */
async function childrenOf(child: ChildProcess): Promise<number[]> {
  const text = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  return z.array(z.coerce.number()).parse(text.trim().split(/\s+/))
}

async function engineOf(child: ChildProcess): Promise<number> {
  for (const pid of await childrenOf(child)) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (line.includes('--whitelist-custom-nodes')) return pid
  }
  return 0
}

describe.runIf(process.platform === 'linux')('the box', { timeout: 40_000 }, () => {
  test('E18 starts ComfyUI and a worker, gives ComfyUI no credential, and starts it again when it dies', async () => {
    const { child, control, comfy, health } = await startBox()
    expect(await health()).toBe(200)

    const engine = await engineOf(child)
    const environment = await readFile(`/proc/${engine}/environ`, 'utf8')
    expect(environment).not.toContain(control.key)
    expect(environment).toContain('STANDIN_PORT')

    process.kill(engine, 'SIGKILL')
    await eventually(async () => ![0, engine].includes(await engineOf(child)), 'another ComfyUI')
    await eventually(
      () =>
        fetch(`${comfy}/system_stats`).then(
          (answer) => answer.ok,
          () => false,
        ),
      'it answers',
    )
  })

  test('stops both when it is told to, and ends well', async () => {
    const { child } = await startBox()
    const pids = await childrenOf(child)
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')

    expect(code).toBe(0)
    const running = await readdir('/proc')
    expect(pids.filter((pid) => running.includes(String(pid)))).toEqual([])
  })

  test('E07 ends with code 1 when its key is refused: a box of no use must not go on costing', async () => {
    const { child, control } = await startBox()
    control.revoke()
    const [code] = await once(child, 'exit')

    expect(code).toBe(1)
  })
})
