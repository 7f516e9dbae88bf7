import { coldIronPath, wordmarkPath } from './lettering-paths.ts'

type LetteringProps = { className?: string; label: string }

/** Lettering drawn in Grenze Gotisch (SIL OFL 1.1) and kept as outlines, so that no display font is loaded. */
function lettering(viewBox: string, path: string) {
  return function Lettering({ className, label }: LetteringProps) {
    return (
      <svg className={className} viewBox={viewBox} role="img" aria-label={label}>
        <path d={path} />
      </svg>
    )
  }
}

export const Wordmark = lettering('0.3 -18.3 101.8 23.4', wordmarkPath)
export const ColdIron = lettering('1.7 -35.3 180.8 36.2', coldIronPath)
