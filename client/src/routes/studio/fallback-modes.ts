import type { ModeView } from '#shared/modes/schema.ts'

type Slider = ModeView['sliders'][number]
type Facts = Pick<ModeView, 'key' | 'title' | 'summary' | 'steps' | 'price' | 'inputs'> & Partial<ModeView>

const creativity: Slider = {
  key: 'creativity',
  title: 'Creativity',
  default: 50,
  stops: [
    { at: 0, name: 'Faithful' },
    { at: 50, name: 'Balanced' },
    { at: 100, name: 'Wild' },
  ],
}
const chaos: Slider = {
  key: 'chaos',
  title: 'Chaos',
  default: 30,
  stops: [
    { at: 0, name: 'Calm' },
    { at: 50, name: 'Loose' },
    { at: 100, name: 'Unruly' },
  ],
}
const styles = { role: 'style', title: 'Style', min: 1, max: 3 } as const

function view(facts: Facts): ModeView {
  const rest = { variant: '', sliders: [], available: true, unavailable: null, mask: false, negative: false }
  return { ...rest, aspect: false, ...facts }
}

/** Remix, offered first. */
export const fallbackMode: ModeView = view({
  key: 'remix',
  title: 'Remix',
  summary: 'Corrupts one image towards a prompt. Creativity says how much survives, Chaos how hard the prompt pulls.',
  steps: 28,
  price: 1,
  inputs: [{ role: 'base', title: 'Base image', min: 1, max: 1 }],
  sliders: [creativity, chaos],
})

/** What tabs and bench show until the server has said what it offers, so that nothing moves when it does. */
export const fallbackModes: readonly ModeView[] = [
  fallbackMode,
  view({
    key: 'style',
    title: 'Style',
    summary: 'Paints one image in the manner of up to three others. Creativity says how far it leaves the original.',
    steps: 28,
    price: 2,
    inputs: [{ role: 'base', title: 'Base image', min: 1, max: 1 }, styles],
    sliders: [creativity],
    negative: true,
  }),
  view({
    key: 'inpaint',
    title: 'Surgeon',
    summary: 'Repaints what you paint over and leaves every other pixel as it was.',
    steps: 35,
    price: 2,
    inputs: [{ role: 'source', title: 'Image', min: 1, max: 1 }],
    mask: true,
    negative: true,
  }),
  view({
    key: 'mashup',
    title: 'Mashup',
    summary: 'Keeps the bones of one image and grows the flesh of up to three others on them. Chaos loosens the bones.',
    steps: 35,
    price: 3,
    inputs: [{ role: 'composition', title: 'Composition', min: 1, max: 1 }, styles],
    sliders: [chaos],
    negative: true,
  }),
  view({
    key: 'tonic',
    title: 'Tonic',
    summary: 'Our own hand, learned from our own paintings: from words alone, or over an image of yours.',
    steps: 4,
    price: 1,
    inputs: [{ role: 'base', title: 'Base image', min: 0, max: 1 }],
    sliders: [creativity],
    aspect: true,
  }),
]
