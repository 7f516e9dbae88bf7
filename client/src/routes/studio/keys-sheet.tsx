import { copy } from '#client/app/copy.ts'
import { Sheet } from '#client/components/ui/sheet.tsx'

/** What the keyboard can do. */
export function KeysSheet({ onClose }: { onClose: () => void }) {
  return (
    <Sheet title={copy.keys.title} onClose={onClose}>
      <h2>{copy.keys.title}</h2>
      <dl className="keys">
        {copy.keys.list.map(([what, keys]) => (
          <div key={what} className="contents">
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Sheet>
  )
}
