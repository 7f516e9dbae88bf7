import outlines from '#client/assets/lettering.svg'

type LetteringProps = { className?: string; label: string }

/** Lettering kept as outlines in a file of their own, so that neither a display font nor the script has to carry it. */
function lettering(name: string, [width, height]: readonly [number, number]) {
  return function Lettering({ className, label }: LetteringProps) {
    return (
      <svg className={className} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        <use href={`${outlines}#${name}`} width={width} height={height} />
      </svg>
    )
  }
}

export const Wordmark = lettering('wordmark', [101.8, 23.4])
export const ColdIron = lettering('cold-iron', [180.8, 36.2])
