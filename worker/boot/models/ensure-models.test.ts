import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { parseModels, type ModelFile } from '#shared/workflows/models.ts'
import { addressOf, ensureModels } from './ensure-models.ts'
import { downloadDefaults } from './fetch-model.ts'
import { openKnownHashes } from './known-hashes.ts'

const signal = AbortSignal.timeout(10_000)

/** A file of weights with one tensor of that name. */
function weights(name: string): Buffer {
  const header = Buffer.from(JSON.stringify({ [name]: { dtype: 'F16', shape: [2], data_offsets: [0, 4] } }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.byteLength))
  return Buffer.concat([length, header, Buffer.alloc(4)])
}

function model(key: string, bytes: Buffer, folder: ModelFile['folder'] = 'vae'): ModelFile {
  const [parsed] = parseModels([
    {
      key,
      file: `${key}.safetensors`,
      folder,
      source: { repo: 'someone/some-model', path: `${key}.safetensors`, revision: 'abc' },
      bytes: bytes.byteLength,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      licence: 'Apache-2.0',
      licenceKind: 'free',
      gated: false,
      format: { architecture: 'vae', keys: [key] },
    },
  ])
  if (!parsed) throw new Error('no model')
  return parsed
}

/** A models folder, and a host that has `files` by path. */
async function openFolder(files: Record<string, Buffer>, wanted: string[]) {
  const server = createServer((request, response) => {
    const body = files[request.url ?? '']
    if (body) response.writeHead(200, { 'content-length': body.byteLength }).end(body)
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = z.object({ port: z.int() }).parse(server.address())
  const dir = await mkdtemp(join(tmpdir(), 'forge-ensure-'))
  onTestFinished(async () => {
    server.close()
    await rm(dir, { recursive: true, force: true })
  })
  return {
    modelsDir: dir,
    hashes: await openKnownHashes(join(dir, 'hashes.json')),
    toy: false,
    wanted: new Set(wanted),
    token: undefined,
    download: { ...downloadDefaults, reserveBytes: 0, retries: 0 },
    host: `http://127.0.0.1:${port}`,
    loraCapBytes: 100,
    keptLoras: new Set<string>(),
    log: pino({ level: 'silent' }),
  }
}

const ours = weights('ours')
const theirs = weights('theirs')
const path = (key: string) => `/someone/some-model/resolve/abc/${key}.safetensors`

test('a wanted file is fetched, another that is missing is named', async () => {
  const options = await openFolder({ [path('ours')]: ours, [path('theirs')]: theirs }, ['ours'])
  const faults = await ensureModels([model('ours', ours), model('theirs', theirs)], options, signal)

  expect([...faults]).toEqual([['theirs', 'theirs.safetensors is missing in models/vae']])
  expect(await ensureModels([model('ours', ours)], options, signal)).toEqual(new Map())
})

test('a file that is not what the list says is named and left alone', async () => {
  const options = await openFolder({ [path('ours')]: ours }, ['ours'])
  await mkdir(join(options.modelsDir, 'vae'))
  await writeFile(join(options.modelsDir, 'vae/ours.safetensors'), theirs)
  const faults = await ensureModels([model('ours', ours)], options, signal)

  expect(faults.get('ours')).toMatch(/another file: lacks ours/)
  expect(await readdir(join(options.modelsDir, 'vae'))).toEqual(['ours.safetensors'])
})

test('what cannot be fetched is named with the reason, and the next one is fetched all the same', async () => {
  const options = await openFolder({ [path('theirs')]: theirs }, ['ours', 'theirs'])
  const faults = await ensureModels([model('ours', ours), model('theirs', theirs)], options, signal)

  expect([...faults]).toEqual([['ours', expect.stringMatching(/not fetched: the host answered 404/)]])
})

test('a fetched LoRA takes the place of an old one that no template needs', async () => {
  const options = await openFolder({ [path('ours')]: ours }, ['ours'])
  await mkdir(join(options.modelsDir, 'loras'))
  await writeFile(join(options.modelsDir, 'loras/stray.safetensors'), Buffer.alloc(100))
  await ensureModels([model('ours', ours, 'loras')], { ...options, keptLoras: new Set(['ours.safetensors']) }, signal)

  expect(await readdir(join(options.modelsDir, 'loras'))).toEqual(['ours.safetensors'])
})

test('a file of the operator has no address', () => {
  expect(addressOf({ ...model('ours', ours), source: { operator: 'train it' } }, 'https://x')).toBeNull()
})
