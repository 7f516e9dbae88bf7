import { ClipboardPaste } from 'lucide-react'
import type { CSSProperties, ReactNode } from 'react'
import { copy } from '#client/app/copy.ts'
import { ColdIron } from '#client/components/ui/lettering.tsx'

export type Sample = {
  key: string
  /** What the photograph shows. */
  name: string
  /** The look that its words ask for. */
  look: string
  base: string
  creativity: number
  chaos: number
  prompt: string
  seed: string
  /** Where the cut between base and result runs at top and bottom, and which part of the picture is seen. */
  cut: [string, string, string]
  /** Another picture whose look it can take on, for modes that blend, and how far it then leaves the photograph. */
  style: { url: string; name: string; creativity: number }
}

export const samples: readonly Sample[] = [
  {
    key: 'cat',
    name: 'Cat',
    look: 'cut in wood',
    base: '/samples/cat.avif',
    creativity: 70,
    chaos: 30,
    prompt: 'woodcut print of a cat, heavy black ink, carved lines following the fur',
    seed: '8812',
    cut: ['58%', '46%', '52%'],
    style: { url: '/samples/coffee-inks.avif', name: 'Three inks', creativity: 70 },
  },
  {
    key: 'rocket',
    name: 'Rocket',
    look: 'in oil',
    base: '/samples/rocket.avif',
    creativity: 30,
    chaos: 20,
    prompt: 'a rocket on its pad, oil painting, ember and gold',
    seed: '2',
    cut: ['56%', '42%', '55%'],
    style: { url: '/samples/cat-woodcut.avif', name: 'Woodcut', creativity: 55 },
  },
  {
    key: 'coffee',
    name: 'Coffee',
    look: 'three inks',
    base: '/samples/coffee.avif',
    creativity: 15,
    chaos: 45,
    prompt: 'screenprint of a coffee cup, three inks, mint and deep green',
    seed: '2',
    cut: ['54%', '44%', '46%'],
    style: { url: '/samples/rocket-clay.avif', name: 'Fired clay', creativity: 80 },
  },
]

/** What a card shows: the photograph, what this studio's preview engine made of it in that mode, or both halves. */
type Shown = { base: string | null; result: string | null; title: string }

/** The modes whose results were kept; a card of any other shows what goes in and nothing else. */
const kept: Readonly<Record<string, 'words' | 'image' | 'style'>> = {
  remix: 'image',
  style: 'style',
  mashup: 'style',
  tonic: 'words',
}

/** What opening it sets, in a mode that blends and in one that does not. */
export function dialsOf({ creativity, chaos, style }: Sample, blends: boolean): Record<'creativity' | 'chaos', number> {
  return { creativity: blends ? style.creativity : creativity, chaos }
}

function shownFor(mode: string, sample: Sample): Shown {
  const from = kept[mode]
  const result = `/samples/${mode}-${sample.key}.avif`
  if (from === undefined) return { base: sample.base, result: null, title: sample.name }
  if (from === 'style') return { base: sample.base, result, title: copy.idle.withStyle(sample.name, sample.style.name) }
  if (from === 'words') return { base: null, result, title: copy.idle.look(sample.look) }
  return { base: sample.base, result, title: copy.idle.withLook(sample.name, sample.look) }
}

type IdleProps = {
  /** Key of the mode, by which its results were kept. */
  name: string
  /** What a mode starts from: an image, an image to paint a mask on, or words alone. */
  mode: 'image' | 'mask' | 'words'
  /** The dials that the mode has, with their names: a caption names no other. */
  dials: readonly { key: 'creativity' | 'chaos'; title: string }[]
  onSample: (sample: Sample) => void
  onPaste: () => void
  choose: ReactNode
}

type CardProps = { sample: Sample; shown: Shown; said: string; onOpen: (sample: Sample) => void }

function Card({ sample, shown, said, onOpen }: CardProps) {
  const { base, result, title } = shown
  const halves = base !== null && result !== null
  return (
    // oxlint-disable-next-line jsx-a11y/control-has-associated-label -- its label is the text inside, too deep for the rule
    <button
      type="button"
      className="sample"
      style={{ '--cut': sample.cut[0], '--cut2': sample.cut[1], '--at': sample.cut[2] } as CSSProperties}
      onClick={() => onOpen(sample)}
    >
      <span className={halves ? 'pair halves' : 'pair'}>
        {base !== null && <img src={base} alt="" width={1024} height={682} fetchPriority="high" />}
        {result !== null && (
          <img src={result} alt="" width={760} height={507} fetchPriority={halves ? 'low' : 'high'} />
        )}
      </span>
      <span className="sr">{copy.idle.sample(title)}</span>
      <span className="cap" aria-hidden>
        <b>{title}</b>
        <span>{said}</span>
      </span>
    </button>
  )
}

/** Nothing loaded: three bases with what they can become, each one click away. */
export function Idle({ name, mode, dials, onSample, onPaste, choose }: IdleProps) {
  return (
    <div className="idle">
      <div className="lead">
        <div>
          <h2>
            <ColdIron className="cold" label={copy.idle.heading} />
          </h2>
          <p>
            <span className="only-desk">
              <span className="sentence">{copy.idle.lead[mode]}</span>{' '}
              <span className="sentence">{copy.idle.formats}</span>
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
        {samples.map((sample) => (
          <Card
            key={sample.key}
            sample={sample}
            shown={shownFor(name, sample)}
            said={dials
              .map(({ key, title }) => copy.idle.setting(title, dialsOf(sample, kept[name] === 'style')[key]))
              .join(', ')}
            onOpen={onSample}
          />
        ))}
      </div>
      {kept[name] && <p className="made hint">{copy.idle.made[mode === 'words' ? 'whole' : 'half']}</p>}
    </div>
  )
}
