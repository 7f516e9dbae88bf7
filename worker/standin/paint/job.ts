/** Pixels in rows, 8 bits a channel: 3 = RGB, 1 = a mask or grey plane. */
export type Raster = { width: number; height: number; channels: 1 | 3; data: Uint8Array }

export type StyleRef = { image: Raster; weight: number }

/** Structure to keep: lines or a depth relief, white on black, and the picture that they were drawn from if known. */
export type Hint = { image: Raster; weight: number; scene: Raster | null }

/** Everything that decides a picture. Equal jobs give equal bytes. */
export type PaintJob = {
  width: number
  height: number
  /** The image the latent was made from, at width × height; null paints from noise. */
  base: Raster | null
  /** 1 channel, white = repaint; null repaints all. */
  mask: Raster | null
  styles: StyleRef[]
  hints: Hint[]
  prompt: string
  negative: string
  /** Decimal text, 0 … 2^64−1. */
  seed: string
  /** 0 … 1. */
  denoise: number
  /** Prompt adherence: FLUX guidance, or cfg brought to the same scale. */
  guidance: number
  /** Summed strength of LoRAs. */
  lora: number
}

export type PaintRequest =
  | { op: 'paint'; job: PaintJob }
  | { op: 'composite'; destination: Raster; source: Raster; mask: Raster | null; x: number; y: number }
  | { op: 'edges'; image: Raster; low: number; high: number }
  | { op: 'depth'; image: Raster }
