import { useState } from 'react'
import type { ReactNode } from 'react'
import type { ModeView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import { useStore } from '#client/lib/use-store.ts'
import { Dials } from './dials.tsx'
import { ImageSlot } from './image-slot.tsx'
import { PromptField } from './prompt-field.tsx'
import { StyleSlots } from './style-slots.tsx'
import { modeDraft } from './core/draft.ts'
import { slotsOf, withMoved, withWeight, withoutImage } from './core/slots.ts'
import type { BenchImage } from './core/slots.ts'
import { draftStore, patchMode } from './draft-store.ts'
import { intakeStore } from './intake.ts'
import type { HandedIn, Target } from './intake.ts'
import { transferStore } from './transfers.ts'

type Tab = 'images' | 'mask' | 'prompt' | 'settings'

type BenchProps = {
  mode: ModeView
  /** How the mask is set; null while there is nothing to paint on. */
  mask: ReactNode
  /** The button that starts the work, with what it costs; always in sight. */
  fire: ReactNode
  onFiles: (files: readonly HandedIn[], target: Target | null) => void
  onSend: (image: BenchImage) => void
  onShow: () => void
  onCopied: () => void
  onSubmit: () => void
}

/** The images that go in, by role. */
function Slots({ mode, onFiles, onSend, onShow }: Pick<BenchProps, 'mode' | 'onFiles' | 'onSend' | 'onShow'>) {
  const { slots } = modeDraft(useStore(draftStore), mode.key)
  const { problems } = useStore(intakeStore)
  const transfers = useStore(transferStore)
  const change = (next: typeof slots) => patchMode(mode.key, { slots: next })
  return mode.inputs.map((input) => {
    const held = slotsOf(slots, input.role)
    const said = problems[input.role] ?? []
    if (input.max > 1) {
      return (
        <StyleSlots
          key={input.role}
          input={input}
          slots={held}
          transfers={transfers}
          problems={said}
          onFiles={onFiles}
          onWeight={(slot, weight) => change(withWeight(slots, slot.image.key, weight))}
          onMove={(slot, by) => change(withMoved(slots, input.role, slot.image.key, by))}
          onRemove={(slot) => change(withoutImage(slots, input.role, slot.image.key))}
          onRetry={(slot) => onSend(slot.image)}
        />
      )
    }
    const image = held[0]?.image ?? null
    return (
      <ImageSlot
        key={input.role}
        input={input}
        image={image}
        transfer={image ? (transfers[image.key] ?? null) : null}
        problems={said}
        onFiles={onFiles}
        onRemove={(one) => {
          change(withoutImage(slots, input.role, one.key))
          onShow()
        }}
        onRetry={onSend}
        onShow={onShow}
      />
    )
  })
}

function SheetBar({
  tabs,
  tab,
  folded,
  onTab,
  onFold,
}: {
  tabs: readonly Tab[]
  tab: Tab
  folded: boolean
  onTab: (tab: Tab) => void
  onFold: () => void
}) {
  return (
    <div className="sheet-bar">
      <button
        type="button"
        className="grab"
        aria-label={folded ? copy.bench.unfold : copy.bench.resize}
        aria-expanded={!folded}
        onClick={onFold}
      />
      <fieldset className="sheet-tabs" aria-label={copy.bench.tabsLabel}>
        {tabs.map((one) => (
          <button key={one} type="button" aria-pressed={tab === one} onClick={() => onTab(one)}>
            {copy.bench.tabs[one]}
          </button>
        ))}
      </fieldset>
    </div>
  )
}

/** Everything that goes in. On a phone it is the bottom sheet, one section at a time. */
export function Bench({ mode, mask, fire, onFiles, onSend, onShow, onCopied, onSubmit }: BenchProps) {
  const [chosen, setTab] = useState<Tab>('images')
  const [folded, setFolded] = useState(false)
  const draft = modeDraft(useStore(draftStore), mode.key)
  const tabs: readonly Tab[] = mask ? ['images', 'mask', 'prompt', 'settings'] : ['images', 'prompt', 'settings']
  const tab = tabs.includes(chosen) ? chosen : 'images'
  const hint = mode.mask
    ? copy.bench.maskHint
    : mode.inputs[0]?.min === 0
      ? copy.bench.wordsHint
      : copy.bench.promptHint
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
      <SheetBar
        tabs={tabs}
        tab={tab}
        folded={folded}
        onTab={(next) => {
          setTab(next)
          setFolded(false)
        }}
        onFold={() => setFolded(!folded)}
      />
      <div className="scroll">
        <Slots mode={mode} onFiles={onFiles} onSend={onSend} onShow={onShow} />
        {mask}
        <PromptField
          prompt={draft.prompt}
          placeholder={hint}
          negative={mode.negative ? draft.negative : null}
          onPrompt={(prompt) => patchMode(mode.key, { prompt })}
          onNegative={(negative) => patchMode(mode.key, { negative })}
        />
        <Dials mode={mode} onCopied={onCopied} />
      </div>
      <div className="fire">{fire}</div>
    </form>
  )
}
