import { Sheet } from '#client/components/ui/sheet.tsx'
import { copyGallery } from '#client/app/copy-gallery.ts'

const copy = copyGallery.confirm

/** Asked only before many are deleted at once. */
export function ConfirmRemoval(props: { count: number; onYes: () => void; onClose: () => void }) {
  const { count, onYes, onClose } = props
  return (
    <Sheet title={copy.title(count)} onClose={onClose}>
      <h2>{copy.title(count)}</h2>
      <p className="soft">{copy.text}</p>
      <button type="button" className="btn" onClick={onClose}>
        {copy.no}
      </button>
      <button
        type="button"
        className="btn"
        onClick={() => {
          onClose()
          onYes()
        }}
      >
        {copy.yes(count)}
      </button>
    </Sheet>
  )
}
