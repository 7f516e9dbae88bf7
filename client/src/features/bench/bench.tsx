import { useState } from 'react'
import type { ReactNode } from 'react'
import type { ModeView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import { Dials } from './dials.tsx'
import { ImageSlot } from './image-slot.tsx'
import { PromptField } from './prompt-field.tsx'

const tabs = ['images', 'prompt', 'settings'] as const
type Tab = (typeof tabs)[number]

type BenchProps = {
  mode: ModeView
  /** The button that starts the work, with what it costs; always in sight. */
  fire: ReactNode
  onTaken: () => void
  onShow: () => void
  onCopied: () => void
  onSubmit: () => void
}

/** Everything that goes in. On a phone it is the bottom sheet, one section at a time. */
export function Bench({ mode, fire, onTaken, onShow, onCopied, onSubmit }: BenchProps) {
  const [tab, setTab] = useState<Tab>('images')
  const [folded, setFolded] = useState(false)
  const base = mode.inputs[0]?.title ?? 'Base'
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- it only takes Enter away from fields
    <form
      id="bench"
      className="bench scale"
      aria-label={copy.bench.label}
      data-tab={tab}
      data-stop={folded ? 'peek' : 'half'}
      // Enter in a field must not spend anything; only the button and its shortcut do.
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target instanceof HTMLInputElement) event.preventDefault()
      }}
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      <div className="sheet-bar">
        <button
          type="button"
          className="grab"
          aria-label={folded ? copy.bench.unfold : copy.bench.resize}
          aria-expanded={!folded}
          onClick={() => setFolded(!folded)}
        />
        <fieldset className="sheet-tabs" aria-label={copy.bench.tabsLabel}>
          {tabs.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={tab === one}
              onClick={() => {
                setTab(one)
                setFolded(false)
              }}
            >
              {copy.bench.tabs[one]}
            </button>
          ))}
        </fieldset>
      </div>
      <div className="scroll">
        <ImageSlot title={base} onTaken={onTaken} onShow={onShow} />
        <PromptField />
        <Dials sliders={mode.sliders} onCopied={onCopied} />
      </div>
      <div className="fire">{fire}</div>
    </form>
  )
}
