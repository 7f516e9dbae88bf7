import type { ModeView } from '#shared/modes/schema.ts'

/** What the bench shows until the server has said what it offers, so that nothing moves when it does. */
export const fallbackMode: ModeView = {
  key: 'remix',
  title: 'Remix',
  summary: 'Corrupts one image towards a prompt. Creativity says how much survives, Chaos how hard the prompt pulls.',
  variant: '',
  steps: 28,
  price: 1,
  inputs: [{ role: 'base', title: 'Base image', min: 1, max: 1 }],
  sliders: [
    {
      key: 'creativity',
      title: 'Creativity',
      default: 50,
      stops: [
        { at: 0, name: 'Faithful' },
        { at: 50, name: 'Balanced' },
        { at: 100, name: 'Wild' },
      ],
    },
    {
      key: 'chaos',
      title: 'Chaos',
      default: 30,
      stops: [
        { at: 0, name: 'Calm' },
        { at: 50, name: 'Loose' },
        { at: 100, name: 'Unruly' },
      ],
    },
  ],
  available: true,
  unavailable: null,
  mask: false,
  negative: false,
  aspect: false,
}
