import { ClipboardPaste } from 'lucide-react'
import type { CSSProperties, ReactNode } from 'react'
import { copy } from '#client/app/copy.ts'
import { ColdIron } from '#client/components/ui/lettering.tsx'

export type Sample = {
  key: string
  name: string
  base: string
  result: string
  creativity: number
  chaos: number
  prompt: string
  seed: string
  /** Where the cut between base and result runs at top and bottom, and which part of the picture is seen. */
  cut: [string, string, string]
  /** Another picture whose look it can take on, for modes that blend. */
  style: { url: string; name: string }
}

export const samples: readonly Sample[] = [
  {
    key: 'cat',
    name: 'Cat, cut in wood',
    base: '/samples/cat.avif',
    result: '/samples/cat-woodcut.avif',
    creativity: 70,
    chaos: 30,
    prompt: 'woodcut print of a cat, heavy black ink, carved lines following the fur',
    seed: '8812',
    cut: ['58%', '46%', '52%'],
    style: { url: '/samples/coffee-inks.avif', name: 'Three inks' },
  },
  {
    key: 'rocket',
    name: 'Rocket, fired clay',
    base: '/samples/rocket.avif',
    result: '/samples/rocket-clay.avif',
    creativity: 55,
    chaos: 20,
    prompt: 'a rocket on its pad in fired clay and amber glaze, raked texture',
    seed: '4107',
    cut: ['56%', '42%', '55%'],
    style: { url: '/samples/cat-woodcut.avif', name: 'Woodcut' },
  },
  {
    key: 'coffee',
    name: 'Coffee, three inks',
    base: '/samples/coffee.avif',
    result: '/samples/coffee-inks.avif',
    creativity: 80,
    chaos: 45,
    prompt: 'screenprint of a coffee cup in three inks, mint, cream and deep green',
    seed: '30771',
    cut: ['54%', '44%', '46%'],
    style: { url: '/samples/rocket-clay.avif', name: 'Fired clay' },
  },
]

type IdleProps = {
  /** What a mode starts from: an image, an image to paint a mask on, or words alone. */
  mode: 'image' | 'mask' | 'words'
  /** The dials that the mode has, with their names: a caption names no other. */
  dials: readonly { key: 'creativity' | 'chaos'; title: string }[]
  onSample: (sample: Sample) => void
  onPaste: () => void
  choose: ReactNode
}

/** Nothing loaded: three bases with what they can become, each one click away. */
export function Idle({ mode, dials, onSample, onPaste, choose }: IdleProps) {
  return (
    <div className="idle">
      <div className="lead">
        <div>
          <h2>
            <ColdIron className="cold" label={copy.idle.heading} />
          </h2>
          <p>
            <span className="only-desk">
              {copy.idle.lead[mode]} {copy.idle.formats}
            </span>
            <span className="only-phone">{copy.idle.leadPhone[mode]}</span>
          </p>
        </div>
        <div className="row">
          <button type="button" className="btn quiet only-desk" onClick={onPaste}>
            <ClipboardPaste className="i" aria-hidden />
            {copy.idle.paste}
          </button>
          {choose}
        </div>
      </div>
      <div className="trio">
        {samples.map((sample, index) => (
          // Its label is the text inside, which the rule does not look into.
          // oxlint-disable-next-line jsx-a11y/control-has-associated-label
          <button
            key={sample.key}
            type="button"
            className="sample"
            style={{ '--cut': sample.cut[0], '--cut2': sample.cut[1], '--at': sample.cut[2] } as CSSProperties}
            onClick={() => onSample(sample)}
          >
            <span className="pair">
              <img src={sample.base} alt="" width={1024} height={682} fetchPriority={index === 0 ? 'high' : 'auto'} />
              <img src={sample.result} alt="" width={760} height={507} />
            </span>
            <span className="sr">{copy.idle.sample(sample.name)}</span>
            <span className="cap" aria-hidden>
              <b>{sample.name}</b>
              <span>{dials.map(({ key, title }) => copy.idle.setting(title, sample[key])).join(', ')}</span>
            </span>
          </button>
        ))}
      </div>
    </div>
  )
}
