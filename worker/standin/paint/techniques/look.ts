import type { Plane } from '../picture.ts'

/** What every technique gets beside the picture and the recipe. */
export type Look = {
  /** One pixel of a 1024 px picture, in pixels of this one. */
  unit: number
  /** Dreamt forms, 0 … 1, at the picture's size. */
  forms: Plane
}
