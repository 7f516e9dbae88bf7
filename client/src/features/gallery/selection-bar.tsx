import { Download, Heart, Trash2, Undo2, X } from 'lucide-react'
import { galleryLimits } from '#shared/gallery/rules.ts'
import { copyGallery } from '#client/app/copy-gallery.ts'

const copy = copyGallery.selection

type SelectionBarProps = {
  count: number
  /** Of all of them together; null while not all are known. */
  bytes: number | null
  /** All of them are favourites already. */
  favourites: boolean
  onZip: () => void
  onFavourite: () => void
  onRemove: () => void
  onClear: () => void
}

/** What can be done with everything that is chosen. */
export function SelectionBar({ count, bytes, favourites, onZip, onFavourite, onRemove, onClear }: SelectionBarProps) {
  const tooMany = count > galleryLimits.archive
  const zip = count === 1 ? copy.one : copy.zip(bytes)
  const mark = favourites ? copyGallery.unmark : copyGallery.mark
  return (
    <div className="selbar" role="toolbar" aria-label={copy.label}>
      <output className="n">{copy.count(count)}</output>
      <button
        type="button"
        className="btn"
        aria-label={zip}
        disabled={tooMany}
        title={tooMany ? copy.tooMany(galleryLimits.archive) : undefined}
        onClick={onZip}
      >
        <Download className="i" aria-hidden />
        <span>{zip}</span>
      </button>
      <button type="button" className="btn" aria-label={mark} aria-pressed={favourites} onClick={onFavourite}>
        <Heart className="i" aria-hidden />
        <span>{mark}</span>
      </button>
      <button type="button" className="btn" aria-label={copyGallery.remove} onClick={onRemove}>
        <Trash2 className="i" aria-hidden />
        <span>{copyGallery.remove}</span>
      </button>
      {tooMany && <p className="hint only-desk">{copy.tooMany(galleryLimits.archive)}</p>}
      <button type="button" className="btn quiet clear" aria-label={copy.clear} onClick={onClear}>
        <X className="i" aria-hidden />
        <span>{copy.clear}</span> <kbd>Esc</kbd>
      </button>
    </div>
  )
}

/** What can be done with everything that is chosen among the deleted ones. */
export function TrashBar({ count, onRestore, onClear }: { count: number; onRestore: () => void; onClear: () => void }) {
  return (
    <div className="selbar" role="toolbar" aria-label={copy.label}>
      <output className="n">{copy.count(count)}</output>
      <button type="button" className="btn worded" onClick={onRestore}>
        <Undo2 className="i" aria-hidden />
        <span>{copyGallery.trash.restoreAll(count)}</span>
      </button>
      <button type="button" className="btn quiet clear" aria-label={copy.clear} onClick={onClear}>
        <X className="i" aria-hidden />
        <span>{copy.clear}</span> <kbd>Esc</kbd>
      </button>
    </div>
  )
}
