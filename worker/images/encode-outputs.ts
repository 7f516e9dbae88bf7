import { cleanPng } from './clean-png.ts'
import { insertXmp } from './png-xmp.ts'
import { provenanceXmp } from './provenance.ts'
import { isFlat, joinRow, openImage, openPicture, type Picture } from './sharp.ts'

/** Long edge of the preview, pixels. */
const previewEdge = 1_024
/** Long edge of the picture in a wall of them, pixels, and what one may weigh: a screen shows some forty. */
const thumbEdge = 320
const thumbBytes = 22 * 1024
/** Tried in turn until one is light enough; the last is taken as it is. */
const thumbQualities = [76, 60, 44, 28]
/** Long edge of one tile of the timeline, pixels. */
const tileEdge = 192

/** The full-size result, lossless: every pixel as it was made, ComfyUI's metadata (the whole graph, prompt and all) gone. */
export async function encodeFull(picture: Picture, standIn: boolean, smaller = false): Promise<Uint8Array> {
  const clean = picture instanceof Uint8Array ? cleanPng(picture) : null
  return insertXmp(clean ?? (await encodePng(picture)), provenanceXmp(standIn, smaller))
}

async function encodePng(picture: Picture): Promise<Uint8Array> {
  return openPicture(picture).removeAlpha().png({ compressionLevel: 2, adaptiveFiltering: true }).toBuffer()
}

/** What the studio shows first: at most 1,024 px, a tenth of the bytes. */
export async function encodePreview(picture: Picture, standIn: boolean): Promise<Uint8Array> {
  return openPicture(picture)
    .removeAlpha()
    .resize({ width: previewEdge, height: previewEdge, fit: 'inside', withoutEnlargement: true })
    .withXmp(provenanceXmp(standIn))
    .webp({ quality: 84, effort: 1 })
    .toBuffer()
}

/** For walls of images: at most 320 px and, unless it is noise all over, 22 KB. */
export async function encodeThumb(picture: Picture, standIn: boolean): Promise<Uint8Array> {
  const small = await openPicture(picture)
    .removeAlpha()
    .resize({ width: thumbEdge, height: thumbEdge, fit: 'inside', withoutEnlargement: true })
    .png({ compressionLevel: 1 })
    .toBuffer()
  let encoded: Uint8Array = small
  for (const quality of thumbQualities) {
    encoded = await openImage(small).withXmp(provenanceXmp(standIn)).webp({ quality, effort: 4 }).toBuffer()
    if (encoded.byteLength <= thumbBytes) break
  }
  return encoded
}

/**
 * The kept previews side by side, oldest first, all tiles of one size in the result's aspect ratio: the number of tiles
 * is round(strip width ÷ (strip height × result width ÷ result height)). null without frames; a frame that does not
 * decode, or is one colour, is left out.
 */
export async function encodeTimeline(
  frames: readonly Uint8Array[],
  result: { width: number; height: number },
  standIn: boolean,
): Promise<Uint8Array | null> {
  const scale = tileEdge / Math.max(result.width, result.height)
  const size = {
    width: Math.max(1, Math.round(result.width * scale)),
    height: Math.max(1, Math.round(result.height * scale)),
  }
  const tiles = await Promise.all(
    frames.map(async (frame) => {
      const tile = await openImage(frame)
        .removeAlpha()
        .resize({ ...size, fit: 'fill' })
        .png({ compressionLevel: 1 })
        .toBuffer()
        .catch(() => null)
      return tile && !(await isFlat(openImage(tile))) ? tile : null
    }),
  )
  const whole = tiles.filter((tile) => tile !== null)
  if (whole.length === 0) return null
  return joinRow(whole).withXmp(provenanceXmp(standIn)).webp({ quality: 70, effort: 2 }).toBuffer()
}
