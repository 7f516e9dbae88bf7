import { keysCopy } from '#client/app/keys-copy.ts'
import { Sheet } from '#client/components/ui/sheet.tsx'
import { singleKeysStore } from '#client/lib/single-keys.ts'
import { useStore } from '#client/lib/use-store.ts'

/** What the keyboard can do. */
export function KeysSheet({ onClose }: { onClose: () => void }) {
  const single = useStore(singleKeysStore)
  return (
    <Sheet title={keysCopy.title} onClose={onClose}>
      <h2>{keysCopy.title}</h2>
      <label className="check">
        <input type="checkbox" checked={single} onChange={(event) => singleKeysStore.set(event.target.checked)} />
        {keysCopy.single}
      </label>
      {keysCopy.groups.map((group) => (
        <div key={group.title}>
          <h3 className="label">{group.title}</h3>
          <dl className="keys">
            {group.keys.map(([what, keys]) => (
              <div key={what} className="contents">
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </Sheet>
  )
}
