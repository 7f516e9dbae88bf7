import type { BenchImage } from '#client/features/bench/core/slots.ts'

export function makeImage(overrides: Partial<BenchImage> = {}): BenchImage {
  const size = { width: 640, height: 480 }
  return {
    key: crypto.randomUUID(),
    name: 'photo.jpg',
    blob: new Blob(['picture'], { type: 'image/webp' }),
    size,
    from: size,
    asset: null,
    work: null,
    crop: null,
    original: null,
    ...overrides,
  }
}
