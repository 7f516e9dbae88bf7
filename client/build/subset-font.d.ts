declare module 'subset-font' {
  type Axis = number | { min: number; max: number; default?: number }
  type Options = { targetFormat?: 'sfnt' | 'woff' | 'woff2'; variationAxes?: Record<string, Axis> }
  /** Cuts a font to the glyphs of `text` and the given axes. */
  export default function subsetFont(font: Uint8Array, text: string, options?: Options): Promise<Buffer>
}
