import type { InputRole } from '#shared/jobs/rules.ts'

/** A photograph or print of `client/public/samples/`. */
export type Sample = 'cat' | 'rocket' | 'coffee' | 'cat-woodcut' | 'rocket-clay' | 'coffee-inks'

/** The painted part of an image: an ellipse; its middle in shares of the image's sides, its radii in shares of its height. */
export type Spot = { x: number; y: number; across: number; down: number }

/** One line of a sheet: one request at every position of one slider, or with several seeds where there is none. */
export type Row = {
  template: string
  prompt: string
  inputs: readonly { role: InputRole; sample: Sample; weight?: number }[]
  slider: 'creativity' | 'chaos' | 'seed'
  mask?: Spot
  /** Width over height where no input gives it. */
  aspect?: number
}

const style = (...samples: Sample[]) => samples.map((sample) => ({ role: 'style' as const, sample }))
const base = (sample: Sample) => ({ role: 'base' as const, sample })
const composition = (sample: Sample) => ({ role: 'composition' as const, sample })
const source = (sample: Sample) => ({ role: 'source' as const, sample })

/** What each mode's sheet shows. */
export const sheets: Readonly<Record<string, readonly Row[]>> = {
  style: [
    {
      template: 'style/sdxl',
      prompt: 'a cat, print',
      inputs: [base('cat'), ...style('cat-woodcut')],
      slider: 'creativity',
    },
    {
      template: 'style/sdxl',
      prompt: 'a cat',
      inputs: [base('cat'), ...style('rocket-clay', 'rocket')],
      slider: 'creativity',
    },
    {
      template: 'style/sdxl',
      prompt: 'a launch at night',
      inputs: [base('rocket'), ...style('coffee-inks', 'coffee', 'cat-woodcut')],
      slider: 'creativity',
    },
  ],
  remix: [
    { template: 'remix/dev', prompt: 'woodcut of a cup, ember', inputs: [base('coffee')], slider: 'chaos' },
    {
      template: 'remix/schnell',
      prompt: 'a cat in an oil painting, gold',
      inputs: [base('cat')],
      slider: 'creativity',
    },
    { template: 'remix/schnell', prompt: 'neon launch, synthwave', inputs: [base('rocket')], slider: 'creativity' },
  ],
  inpaint: [
    {
      template: 'inpaint/sdxl',
      prompt: '',
      inputs: [source('rocket')],
      slider: 'seed',
      mask: { x: 0.505, y: 0.72, across: 0.08, down: 0.46 },
    },
    {
      template: 'inpaint/sdxl',
      prompt: 'a lagoon of teal water',
      inputs: [source('coffee')],
      slider: 'seed',
      mask: { x: 0.5, y: 0.4, across: 0.28, down: 0.26 },
    },
    {
      template: 'inpaint/flux-fill',
      prompt: 'a golden mask',
      inputs: [source('cat')],
      slider: 'seed',
      mask: { x: 0.5, y: 0.36, across: 0.62, down: 0.2 },
    },
  ],
  mashup: [
    {
      template: 'mashup/canny',
      prompt: 'a cat',
      inputs: [composition('cat'), ...style('rocket-clay')],
      slider: 'chaos',
    },
    {
      template: 'mashup/canny',
      prompt: 'a launch',
      inputs: [composition('rocket'), ...style('coffee-inks', 'cat-woodcut')],
      slider: 'chaos',
    },
    {
      template: 'mashup/depth',
      prompt: 'a cup',
      inputs: [composition('coffee'), ...style('coffee-inks', 'rocket')],
      slider: 'chaos',
    },
    {
      template: 'mashup/depth',
      prompt: 'a cat in paper',
      inputs: [composition('cat'), ...style('rocket', 'rocket-clay', 'coffee-inks')],
      slider: 'chaos',
    },
  ],
  tonic: [
    {
      template: 'tonic/schnell-txt2img',
      prompt: 'mountains at dusk, oil',
      inputs: [],
      slider: 'creativity',
      aspect: 1.5,
    },
    { template: 'tonic/schnell-txt2img', prompt: 'flowers, pastel', inputs: [], slider: 'creativity', aspect: 1.5 },
    { template: 'tonic/schnell', prompt: 'a cat in oil, sea', inputs: [base('cat')], slider: 'creativity' },
  ],
}
