import type { ImageMime } from '#shared/assets/rules.ts'
import type { MaskSoftness } from '#shared/mask/rules.ts'

export type Pixels = { width: number; height: number }

/** Facts of checked bytes: pixels after orientation, hex SHA-256 of `bytes`. */
export type NormalisedImage = { bytes: Uint8Array; mime: ImageMime; width: number; height: number; sha256: string }

/** Of a checked file; `colour` stands for it until it is there: `#rrggbb`. */
export type OutputFacts = Pixels & { colour: string }

export type OutputExpectation = {
  name: string
  mime: ImageMime
  /** A finished image: a near-uniform one is refused. */
  full: boolean
}

/** Decoding of untrusted images. */
export type Images = {
  /** An upload re-encoded without metadata. Throws FILE_TYPE_UNSUPPORTED, FILE_UNREADABLE and IMAGE_*. */
  normalise: (raw: Uint8Array) => Promise<NormalisedImage>
  /**
   * A mask of a work image of that size as 8-bit RGB: white is to be painted anew. Throws MASK_SIZE_MISMATCH {width,
   * height}, MASK_EMPTY, FILE_* and IMAGE_*.
   */
  normaliseMask: (raw: Uint8Array, size: Pixels) => Promise<NormalisedImage>
  /** Whether a stored mask still repaints anything once its edge is moved and softened. */
  leavesPaint: (mask: Uint8Array, softness: MaskSoftness) => Promise<boolean>
  /** A stored image as lossless RGB of exactly that size; pixel for pixel the same when it has it already. */
  scaleToGrid: (bytes: Uint8Array, size: Pixels) => Promise<NormalisedImage>
  /** Size and colour of a worker's file. Throws OUTPUT_INVALID {name, reason} when it is not a whole image of that type. */
  inspectOutput: (bytes: Uint8Array, expected: OutputExpectation) => Promise<OutputFacts>
}
