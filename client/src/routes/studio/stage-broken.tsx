import { ImageOff } from 'lucide-react'
import { resultCopy } from '#client/app/copy-result.ts'

/** Stands where the result would, when its picture cannot be fetched. */
export function BrokenPlate({ onAgain }: { onAgain: () => void }) {
  return (
    <figure className="plate broken" role="alert">
      <ImageOff className="i" aria-hidden />
      <p>{resultCopy.broken}</p>
      <p className="hint">{resultCopy.brokenMore}</p>
      <button type="button" className="btn" onClick={onAgain}>
        {resultCopy.openAgain}
      </button>
    </figure>
  )
}
