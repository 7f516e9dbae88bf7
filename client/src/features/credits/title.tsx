import { copyCredits } from '#client/app/copy-credits.ts'
import { titlePath } from './title-path.ts'

/** The page's name, drawn like the wordmark so that no display font is loaded. */
export function Title() {
  return (
    <h1 className="credits-title">
      <svg viewBox="1.4 -26.7 99.7 27.1" role="img" aria-label={copyCredits.title}>
        <path d={titlePath} />
      </svg>
    </h1>
  )
}
