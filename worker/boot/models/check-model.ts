import { stat } from 'node:fs/promises'
import type { ModelFile } from '#shared/workflows/models.ts'
import type { KnownHashes } from './known-hashes.ts'
import { formatFaults } from './match-format.ts'
import { readSafetensorsHeader } from './safetensors-header.ts'

/** What stands on the disk: the model (`proof` says how it was told), another file, or nothing. */
export type ModelState =
  | { kind: 'there'; proof: 'sha256' | 'header' }
  | { kind: 'missing' }
  | { kind: 'wrong'; why: string }

/**
 * Whether the file at `path` is the model of the list: header first (cheap, and a pickle never gets further), then size
 * and hash where they are published. With `toy` any whole safetensors file will do: toy weights are small in ways that the
 * list does not know.
 */
export async function checkModel(
  path: string,
  model: ModelFile,
  context: { hashes: KnownHashes; toy: boolean },
  signal: AbortSignal,
): Promise<ModelState> {
  const facts = await stat(path).catch(() => null)
  if (!facts?.isFile()) return { kind: 'missing' }
  const faults = await headerFaults(path, model, context.toy)
  if (faults.length > 0) return { kind: 'wrong', why: faults.slice(0, 3).join(', ') }
  if (context.toy) return { kind: 'there', proof: 'header' }
  if (model.bytes !== null && facts.size !== model.bytes) {
    return { kind: 'wrong', why: `has ${facts.size} bytes, the list says ${model.bytes}` }
  }
  if (model.sha256 === null) return { kind: 'there', proof: 'header' }
  const sha256 = await context.hashes.hash(path, signal)
  return sha256 === model.sha256 ? { kind: 'there', proof: 'sha256' } : { kind: 'wrong', why: `has SHA-256 ${sha256}` }
}

async function headerFaults(path: string, model: ModelFile, toy: boolean): Promise<string[]> {
  try {
    const header = await readSafetensorsHeader(path)
    return toy ? [] : formatFaults(header, model.format)
  } catch (error) {
    return [error instanceof Error ? error.message : 'cannot be read']
  }
}
