import { X } from 'lucide-react'
import { copyGallery } from '#client/app/copy-gallery.ts'
import { useStore } from '#client/lib/use-store.ts'
import { cancelZip, zipStore } from './zip.ts'
import type { ZipState } from './zip.ts'

const copy = copyGallery.zip

function wordsOf(state: ZipState): string {
  switch (state.kind) {
    case 'working':
      return copy.working(state.done, state.all)
    case 'done':
      return copy.done(state.count, state.bytes)
    case 'failed':
      return copy.failed
    case 'nothing':
      return copy.nothing
    case 'canceled':
      return copy.canceled
    default:
      return state satisfies never
  }
}

/** How far the archive is, and what is not in it. */
export function ZipLine() {
  const state = useStore(zipStore)
  if (!state) return null
  const working = state.kind === 'working'
  return (
    <div className="zip-line">
      <output>
        <span className={state.kind === 'failed' ? 'bad' : undefined}>{wordsOf(state)}</span>
        {state.kind === 'done' && state.missing.length > 0 && (
          <span className="bad">{copy.missing(state.missing)}</span>
        )}
        {state.kind === 'done' && state.gone > 0 && <span className="bad">{copy.gone(state.gone)}</span>}
      </output>
      {working && <progress className="zip-bar" max={state.all} value={state.done} aria-label={wordsOf(state)} />}
      {working ? (
        <button type="button" className="btn quiet" onClick={cancelZip}>
          {copy.cancel}
        </button>
      ) : (
        <button type="button" className="icon" aria-label={copy.close} onClick={() => zipStore.set(null)}>
          <X className="i" aria-hidden />
        </button>
      )}
    </div>
  )
}
