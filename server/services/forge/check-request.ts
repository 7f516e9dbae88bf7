import type { AssetRow } from '#server/adapters/database/rows.ts'
import type { Template } from '#server/adapters/workflows.ts'
import type { Deps } from '#server/deps.ts'
import { ForgeError } from '#shared/errors.ts'
import type { CreateInput } from '#shared/jobs/schema.ts'
import type { Manifest, Variant } from '#shared/workflows/manifest.ts'
import { fitToGrid } from '#shared/workflows/size.ts'

/** Bytes of a stored mask: two colours compress well. */
const maskBytes = 8 * 1024 * 1024

/** Throws INVALID_INPUT {path, role, min, max} when a role has too few or too many images, or is not the mode's. */
export function checkRoles(manifest: Pick<Manifest, 'inputs'>, inputs: CreateInput['inputs']): void {
  const counts = Map.groupBy(inputs, ({ role }) => role)
  for (const { role, min, max } of manifest.inputs) {
    const count = counts.get(role)?.length ?? 0
    if (count < min || count > max) throw new ForgeError('INVALID_INPUT', { path: 'inputs', role, min, max })
    counts.delete(role)
  }
  for (const role of counts.keys()) throw new ForgeError('INVALID_INPUT', { path: 'inputs', role, min: 0, max: 0 })
}

/**
 * A mask goes with exactly the modes that repaint. Throws MASK_REQUIRED, or INVALID_INPUT {path} for a mask that nothing
 * would read.
 */
export function checkMask({ variant }: Template, mask: CreateInput['mask']): void {
  if (variant.repaints && mask === null) throw new ForgeError('MASK_REQUIRED')
  if (!variant.repaints && mask !== null) throw new ForgeError('INVALID_INPUT', { path: 'mask' })
}

/**
 * Of the request's assets: the image to repaint is a work image on the variant's grid and the mask has its size. Throws
 * ASSET_NOT_FOUND {asset}, WORK_IMAGE_REQUIRED {asset}, MASK_SIZE_MISMATCH {width, height} and INVALID_INPUT {path}.
 */
export function checkRepaint(variant: Variant, input: CreateInput, assets: readonly AssetRow[]): void {
  const find = (id: string) => {
    const asset = assets.find((row) => row.id === id)
    if (asset === undefined) throw new ForgeError('ASSET_NOT_FOUND', { asset: id })
    return asset
  }
  const work = input.inputs.filter(({ role }) => role === variant.sizeFrom).map(({ assetId }) => find(assetId))[0]
  const mask = input.mask === null ? undefined : find(input.mask.assetId)
  if (work === undefined || !isWorkImage(work, variant)) {
    throw new ForgeError('WORK_IMAGE_REQUIRED', { asset: work?.id ?? null })
  }
  if (mask?.kind !== 'mask') throw new ForgeError('INVALID_INPUT', { path: 'mask', kind: mask?.kind ?? null })
  if (mask.width !== work.width || mask.height !== work.height) {
    throw new ForgeError('MASK_SIZE_MISMATCH', { width: work.width, height: work.height })
  }
}

/**
 * A mask that is shrunk further than it is wide repaints nothing: the job could only fail. A mask that is not shrunk past
 * its own soft edge always has something left and is not read. Throws MASK_EMPTY {grow, feather}, ASSET_NOT_FOUND.
 */
export async function checkShrunk(
  { storage, images }: Pick<Deps, 'storage' | 'images'>,
  { assetId, grow, feather }: NonNullable<CreateInput['mask']>,
  assets: readonly AssetRow[],
): Promise<void> {
  if (grow >= 0 || grow + feather > 0) return
  const key = assets.find(({ id }) => id === assetId)?.storage_key
  const bytes = key === undefined ? null : await storage.read(key, maskBytes)
  if (bytes === null) throw new ForgeError('ASSET_NOT_FOUND', { asset: assetId })
  if (!(await images.leavesPaint(bytes, { grow, feather }))) throw new ForgeError('MASK_EMPTY', { grow, feather })
}

function isWorkImage({ kind, width, height }: AssetRow, { pixels, sizeMultiple }: Variant): boolean {
  const size = fitToGrid(width, height, pixels, sizeMultiple)
  return kind === 'work' && size.width === width && size.height === height
}
