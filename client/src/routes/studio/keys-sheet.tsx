import { copy } from '#client/app/copy.ts'
import { Sheet } from '#client/components/ui/sheet.tsx'
import { singleKeysStore } from '#client/lib/single-keys.ts'
import { useStore } from '#client/lib/use-store.ts'

/** What the keyboard can do. */
export function KeysSheet({ onClose }: { onClose: () => void }) {
  const single = useStore(singleKeysStore)
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
      <label className="check">
        <input type="checkbox" checked={single} onChange={(event) => singleKeysStore.set(event.target.checked)} />
        {copy.keys.single}
      </label>
    </Sheet>
  )
}
