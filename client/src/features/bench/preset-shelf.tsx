import { Pencil, Save, Trash2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ModeView } from '#shared/modes/schema.ts'
import { shelfCopy } from '#client/app/shelf-copy.ts'
import { useStore } from '#client/lib/use-store.ts'
import '#client/styles/shelf.css'
import { modeDraft } from './core/draft.ts'
import { presetNameLimit, withPreset, withoutPreset } from './core/shelf.ts'
import type { Preset, PresetValues } from './core/shelf.ts'
import { draftStore, patchDraft, patchMode } from './draft-store.ts'
import { changeShelf, openShelf, shelfStore } from './shelf-store.ts'

const words = shelfCopy.presets

const ours: readonly Preset[] = [
  { id: 'close', name: words.ours.close, values: { creativity: 20, chaos: 15 } },
  { id: 'balanced', name: words.ours.balanced, values: { creativity: 50, chaos: 30 } },
  { id: 'far', name: words.ours.far, values: { creativity: 85, chaos: 70 } },
]

/** Settings of now that the mode has, as a preset keeps them. */
function settingsNow(mode: ModeView): PresetValues {
  const draft = draftStore.get()
  const { negative, aspect, ...held } = modeDraft(draft, mode.key)
  const dials = Object.fromEntries(mode.sliders.map(({ key }) => [key, held[key]]))
  return {
    ...dials,
    ...(mode.negative ? { negative } : {}),
    ...(mode.aspect ? { aspect } : {}),
    count: draft.count,
  }
}

function apply({ values }: Preset, mode: ModeView): void {
  const { count, negative, aspect, ...dials } = values
  const fitting = mode.sliders.flatMap(({ key }) => {
    const value = dials[key]
    return value === undefined ? [] : [[key, value] as const]
  })
  patchMode(mode.key, {
    ...Object.fromEntries(fitting),
    ...(mode.negative && negative !== undefined ? { negative } : {}),
    ...(mode.aspect && aspect !== undefined ? { aspect } : {}),
  })
  if (count !== undefined) patchDraft({ count })
}

function summary({ values }: Preset, mode: ModeView): string {
  const has = (key: 'creativity' | 'chaos') => mode.sliders.some((slider) => slider.key === key)
  const dials = words.sum(has('creativity') ? values.creativity : undefined, has('chaos') ? values.chaos : undefined)
  const without = mode.negative && values.negative ? words.without(values.negative) : ''
  const many = values.count !== undefined && values.count > 1 ? words.images(values.count) : ''
  return [dials, without, many].filter(Boolean).join(', ')
}

function Name({ start, onName }: { start: string; onName: (name: string) => void }) {
  const [name, setName] = useState(start)
  const done = () => {
    if (name.trim() !== '') onName(name)
  }
  return (
    <div className="row">
      <input
        className="field"
        aria-label={words.name}
        placeholder={words.namePlaceholder}
        maxLength={presetNameLimit}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && done()}
      />
      <button type="button" className="btn small" disabled={name.trim() === ''} onClick={done}>
        {words.save}
      </button>
    </div>
  )
}

type RowProps = { preset: Preset; mode: ModeView; own: boolean; onApplied: () => void }

function Row({ preset, mode, own, onApplied }: RowProps) {
  const [naming, setNaming] = useState(false)
  const { id, name } = preset
  const keep = (next: Preset) => void changeShelf((shelf) => withPreset(shelf, next))
  if (naming) {
    return (
      <li>
        <Name
          start={name}
          onName={(next) => {
            keep({ ...preset, name: next })
            setNaming(false)
          }}
        />
      </li>
    )
  }
  return (
    <li>
      <button
        type="button"
        className="use"
        aria-label={words.apply(name, summary(preset, mode))}
        onClick={() => {
          apply(preset, mode)
          onApplied()
        }}
      >
        <span>{name}</span> <span className="hint">{summary(preset, mode)}</span>
      </button>
      {own && (
        <>
          <button
            type="button"
            className="icon"
            aria-label={words.update(name)}
            title={words.update(name)}
            onClick={() => keep({ ...preset, values: settingsNow(mode) })}
          >
            <Save className="i" aria-hidden />
          </button>
          <button
            type="button"
            className="icon"
            aria-label={words.rename(name)}
            title={words.rename(name)}
            onClick={() => setNaming(true)}
          >
            <Pencil className="i" aria-hidden />
          </button>
          <button
            type="button"
            className="icon"
            aria-label={words.remove(name)}
            title={words.remove(name)}
            onClick={() => void changeShelf((shelf) => withoutPreset(shelf, id))}
          >
            <Trash2 className="i" aria-hidden />
          </button>
        </>
      )}
    </li>
  )
}

/** Settings under a name: ours, and those the artist saved. */
export function PresetShelf({ mode, onApplied }: { mode: ModeView; onApplied: () => void }) {
  const { presets } = useStore(shelfStore)
  // Another name field after each save, so that it is empty again.
  const [saved, setSaved] = useState(0)
  useEffect(() => void openShelf(), [])
  return (
    <>
      <h2>{words.title}</h2>
      {mode.sliders.length > 0 && (
        <div>
          <h3 className="label">{words.shipped}</h3>
          <ul className="shelf">
            {ours.map((preset) => (
              <Row key={preset.id} preset={preset} mode={mode} own={false} onApplied={onApplied} />
            ))}
          </ul>
        </div>
      )}
      <div>
        <h3 className="label">{words.own}</h3>
        {presets.length === 0 && <p className="hint">{words.empty}</p>}
        <ul className="shelf">
          {presets.map((preset) => (
            <Row key={preset.id} preset={preset} mode={mode} own onApplied={onApplied} />
          ))}
        </ul>
      </div>
      <Name
        key={saved}
        start=""
        onName={(name) => {
          setSaved(saved + 1)
          void changeShelf((shelf) => withPreset(shelf, { id: crypto.randomUUID(), name, values: settingsNow(mode) }))
        }}
      />
    </>
  )
}
