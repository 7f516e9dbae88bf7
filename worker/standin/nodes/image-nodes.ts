import type { NodeKind } from './evaluate.ts'
import { blur, channelOf, decodeImage, greyToRgb, grow, scale } from './pixels.ts'
import type { Inputs } from './values.ts'
import { plain } from './values.ts'

const channels: Readonly<Record<string, number>> = { red: 0, green: 1, blue: 2 }

/** What CLIP vision sees. */
const clipVisionSide = 224

/** What painters get of a style image, so that its texture is not lost to CLIP's small crop. */
const styleSide = 512

const save =
  (type: 'output' | 'temp'): NodeKind =>
  async (inputs, host) => {
    const image = inputs.get('images', 'image')
    const prefix = type === 'output' ? inputs.text('filename_prefix', 'ComfyUI') : null
    const { ref, spoilt } = await host.save(type, prefix, image.raster)
    return { outputs: [image], spoilt, ...(ref !== null && { ui: { images: [ref] } }) }
  }

/** Nodes from pictures and masks to pictures and masks. */
export const imageNodes: Readonly<Record<string, NodeKind>> = {
  LoadImage: async (inputs, host) => {
    const { image, mask } = await decodeImage(pathOf(inputs, host.find))
    return {
      outputs: [
        { kind: 'image', raster: image },
        { kind: 'mask', raster: mask },
      ],
    }
  },
  ImageScale: async (inputs) => {
    const { raster } = inputs.get('image', 'image')
    const width = inputs.number('width')
    const height = inputs.number('height')
    const size = {
      width: width || Math.max(1, Math.round((raster.width * height) / raster.height)),
      height: height || Math.max(1, Math.round((raster.height * width) / raster.width)),
    }
    const none = width === 0 && height === 0
    const how = { cover: inputs.text('crop') === 'center', method: inputs.text('upscale_method') }
    return { outputs: [{ kind: 'image', raster: none ? raster : await scale(raster, { ...size, ...how }) }] }
  },
  ImageScaleToTotalPixels: async (inputs) => {
    const { raster } = inputs.get('image', 'image')
    const ratio = Math.sqrt((inputs.number('megapixels', 1) * 1024 * 1024) / (raster.width * raster.height))
    const grid = inputs.number('resolution_steps', 1)
    const snap = (side: number) => Math.max(1, Math.round((side * ratio) / grid)) * grid
    const size = { width: snap(raster.width), height: snap(raster.height), method: inputs.text('upscale_method') }
    return { outputs: [{ kind: 'image', raster: await scale(raster, size) }] }
  },
  PrepImageForClipVision: async (inputs) => {
    const { raster } = inputs.get('image', 'image')
    const square = (side: number) => scale(raster, { width: side, height: side, cover: true })
    return { outputs: [{ kind: 'image', raster: await square(clipVisionSide), scene: await square(styleSide) }] }
  },
  ImageBlur: async (inputs) => {
    const sigma = inputs.number('sigma', 1) * Math.min(1, inputs.number('blur_radius', 1) / 3)
    return { outputs: [{ kind: 'image', raster: await blur(inputs.get('image', 'image').raster, sigma) }] }
  },
  ImageToMask: async (inputs) => {
    const raster = channelOf(inputs.get('image', 'image').raster, channels[inputs.text('channel')] ?? 0)
    return { outputs: [{ kind: 'mask', raster }] }
  },
  MaskToImage: async (inputs) => ({
    outputs: [{ kind: 'image', raster: greyToRgb(inputs.get('mask', 'mask').raster) }],
  }),
  GrowMask: async (inputs) => ({
    outputs: [{ kind: 'mask', raster: await grow(inputs.get('mask', 'mask').raster, inputs.number('expand')) }],
  }),
  ImageCompositeMasked: async (inputs, host) => {
    const destination = inputs.get('destination', 'image').raster
    const original = inputs.get('source', 'image').raster
    const source = inputs.flag('resize_source') ? await scale(original, destination) : original
    const mask = inputs.optional('mask', 'mask')?.raster ?? null
    const at = { x: inputs.number('x'), y: inputs.number('y') }
    const raster = await host.paint({ op: 'composite', destination, source, mask, ...at })
    return { outputs: [{ kind: 'image', raster }] }
  },
  Canny: async (inputs, host) => {
    const { raster: image } = inputs.get('image', 'image')
    const limits = { low: inputs.number('low_threshold', 0.4), high: inputs.number('high_threshold', 0.8) }
    const raster = await host.paint({ op: 'edges', image, ...limits })
    return { outputs: [{ kind: 'image', raster, scene: image }] }
  },
  DA3Inference: async (inputs) => ({ outputs: [inputs.get('image', 'image')] }),
  DA3Render: async (inputs, host) => {
    const geometry = inputs.optional('da3_geometry', 'image')
    if (geometry === null) return { outputs: [plain] }
    const raster = await host.paint({ op: 'depth', image: geometry.raster })
    return { outputs: [{ kind: 'image', raster, scene: geometry.raster }] }
  },
  PreviewImage: save('temp'),
  SaveImage: save('output'),
}

function pathOf(inputs: Inputs, find: (name: string) => string | null): string {
  const name = inputs.text('image')
  const path = find(name)
  if (path === null) throw new Error(`[Errno 2] No such file or directory: '${name}'`)
  return path
}
