import { createHash } from 'node:crypto'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import type { ModelFile } from '#shared/workflows/models.ts'
import { checkModel } from './check-model.ts'
import { openKnownHashes } from './known-hashes.ts'
import { evictLoras, touchLora } from './lora-cache.ts'
import { isLoraOf } from './match-format.ts'
import { readSafetensorsHeader } from './safetensors-header.ts'

const signal = AbortSignal.timeout(10_000)
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-check-'))
  return () => rm(folder, { recursive: true, force: true })
})

/** A safetensors file of fp16 zeros with those shapes. */
function weights(shapes: Record<string, number[]>): Buffer {
  let at = 0
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const bytes = 2 * shape.reduce((product, length) => product * length, 1)
    at += bytes
    return [name, { dtype: 'F16', shape, data_offsets: [at - bytes, at] }]
  })
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.byteLength))
  return Buffer.concat([length, header, Buffer.alloc(at)])
}

const dev = weights({ 'img_in.weight': [4, 64], 'guidance_in.in_layer.weight': [4, 4] })
const schnell = weights({ 'img_in.weight': [4, 64] })
const fill = weights({ 'img_in.weight': [4, 384], 'guidance_in.in_layer.weight': [4, 4] })

function model(overrides: Partial<ModelFile> = {}): ModelFile {
  return {
    key: 'flux1-dev',
    file: 'flux1-dev.safetensors',
    folder: 'diffusion_models',
    source: { operator: 'test' },
    bytes: dev.byteLength,
    sha256: createHash('sha256').update(dev).digest('hex'),
    licence: 'x',
    licenceKind: 'non-commercial',
    gated: true,
    usageSlug: null,
    format: {
      architecture: 'flux1',
      keys: ['img_in.weight', 'guidance_in.in_layer.weight'],
      absent: [],
      axes: [{ key: 'img_in.weight', axis: 1, length: 64 }],
    },
    ...overrides,
  }
}

async function check(bytes: Uint8Array, overrides: Partial<ModelFile> = {}, toy = false) {
  const path = join(folder, 'model.safetensors')
  await writeFile(path, bytes)
  const hashes = await openKnownHashes(join(folder, 'hashes.json'))
  return checkModel(path, model(overrides), { hashes, toy }, signal)
}

test('a model is told by header, size and hash', async () => {
  expect(await check(dev)).toEqual({ kind: 'there', proof: 'sha256' })
  expect(await check(dev, { sha256: null, bytes: null })).toEqual({ kind: 'there', proof: 'header' })
})

test('another model under the right name is found out by its tensors', async () => {
  expect(await check(schnell)).toMatchObject({ kind: 'wrong', why: /lacks guidance_in/ })
  expect(await check(fill)).toMatchObject({ kind: 'wrong', why: /384 and not 64/ })
})

test('one changed byte is another file', async () => {
  const other = Buffer.from(dev)
  other[other.byteLength - 1] = 1
  expect(await check(other)).toMatchObject({ kind: 'wrong', why: /SHA-256/ })
})

test('toy weights only have to be whole', async () => {
  expect(await check(schnell, {}, true)).toEqual({
    kind: 'there',
    proof: 'header',
  })
  expect(await check(dev.subarray(0, 40), {}, true)).toMatchObject({ kind: 'wrong' })
})

test.each([
  ['a pickle', Buffer.from('80025d71002e', 'hex'), /not a safetensors/],
  ['half a file', dev.subarray(0, dev.byteLength - 10), /cut off/],
  ['an absurd header length', Buffer.concat([Buffer.alloc(8, 0xff), Buffer.alloc(64)]), /not a safetensors/],
  ['nothing', Buffer.alloc(0), /not a safetensors/],
])('%s is refused with its reason', async (_name, bytes, why) => {
  expect(await check(bytes)).toMatchObject({ kind: 'wrong', why })
})

test('a hash is read again only when the file has changed', async () => {
  const path = join(folder, 'a.safetensors')
  await writeFile(path, dev)
  const book = join(folder, 'hashes.json')
  const first = await (await openKnownHashes(book)).hash(path, signal)
  expect(await (await openKnownHashes(book)).hash(path, signal)).toBe(first)
  await writeFile(path, fill)
  expect(await (await openKnownHashes(book)).hash(path, signal)).not.toBe(first)
  await writeFile(book, 'not json')
  expect(await (await openKnownHashes(book)).hash(path, signal)).toMatch(/^[0-9a-f]{64}$/)
})

test('a LoRA belongs to the family whose blocks it names', async () => {
  const of = async (shapes: Record<string, number[]>) => {
    const path = join(folder, 'lora.safetensors')
    await writeFile(path, weights(shapes))
    const header = await readSafetensorsHeader(path)
    return [isLoraOf(header, 'flux1'), isLoraOf(header, 'sdxl')]
  }
  expect(await of({ 'transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight': [1, 1] })).toEqual([true, false])
  expect(await of({ 'lora_unet_input_blocks_4_1_proj_in.lora_down.weight': [1, 1] })).toEqual([false, true])
  expect(await of({ 'lora_unet_double_blocks_0_img_attn_proj.lora_down.weight': [1, 1] })).toEqual([true, false])
  expect(await of({ 'unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_k.lora_A.weight': [1, 1] })).toEqual(
    [false, true],
  )
  expect(await of({ 'img_in.weight': [1, 1] })).toEqual([false, false])
})

test('a LoRA of another model is not taken for the one of the list', async () => {
  const tonic = { bytes: null, sha256: null, format: { architecture: 'flux1-lora', keys: [], absent: [], axes: [] } }
  const own = weights({ 'lora_unet_single_blocks_0_linear1.lora_up.weight': [1, 1] })
  const foreign = weights({ 'lora_unet_input_blocks_4_1_proj_in.lora_down.weight': [1, 1] })

  expect(await check(own, tonic)).toEqual({ kind: 'there', proof: 'header' })
  expect(await check(foreign, tonic)).toEqual({ kind: 'wrong', why: 'is no LoRA of FLUX.1' })
})

test('the least recently used LoRAs make room, those in use stay', async () => {
  for (const [name, minute] of [
    ['old', 1],
    ['kept', 2],
    ['new', 3],
  ] as const) {
    await writeFile(join(folder, `${name}.safetensors`), Buffer.alloc(100))
    await utimes(join(folder, `${name}.safetensors`), 0, minute * 60)
  }
  const room = { capBytes: 300, comingBytes: 100 }
  expect(await evictLoras(folder, room, new Set(['kept.safetensors']))).toEqual(['old.safetensors'])
  await touchLora(join(folder, 'kept.safetensors'), new Date(5 * 60_000))
  expect(await evictLoras(folder, { capBytes: 200, comingBytes: 100 }, new Set())).toEqual(['new.safetensors'])
  expect(await evictLoras(join(folder, 'none'), room, new Set())).toEqual([])
})
