/** Björn Ottosson's OKLab (2020): equal steps look equal. Lightness 0 … 1, a and b about −0.4 … 0.4. */
export type Lab = { l: number; a: number; b: number }

const toLinear = Float32Array.from({ length: 1025 }, (_, i) => {
  const v = i / 1024
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
})

function linear(value: number): number {
  const at = value <= 0 ? 0 : value >= 1 ? 1024 : (value * 1024) | 0
  return toLinear[at] as number
}

function gamma(value: number): number {
  return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055
}

/** From sRGB values 0 … 1 (others are clipped). Written into `out` at `at`, as l, a, b. */
export function writeLab(out: Float32Array, at: number, rgb: { r: number; g: number; b: number }): void {
  const r = linear(rgb.r)
  const g = linear(rgb.g)
  const b = linear(rgb.b)
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  out[at] = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s
  out[at + 1] = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s
  out[at + 2] = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
}

/** To sRGB; what lies outside it is a little below 0 or above 1. */
export function toRgb(lab: Lab): [r: number, g: number, b: number] {
  const l = (lab.l + 0.3963377774 * lab.a + 0.2158037573 * lab.b) ** 3
  const m = (lab.l - 0.1055613458 * lab.a - 0.0638541728 * lab.b) ** 3
  const s = (lab.l - 0.0894841775 * lab.a - 1.291485548 * lab.b) ** 3
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}
