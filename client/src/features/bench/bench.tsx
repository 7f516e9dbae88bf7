import { Suspense, lazy, useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import type { ModeView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import { diskStore } from '#client/lib/disk.ts'
import { useStore } from '#client/lib/use-store.ts'
import { Count } from './count.tsx'
import type { Most } from './count.tsx'
import { Dials } from './dials.tsx'
import { SlotProblems } from './slot-problems.tsx'
import { ImageSlot } from './image-slot.tsx'
import { PromptField } from './prompt-field.tsx'
import { StyleSlots } from './style-slots.tsx'
import { modeDraft } from './core/draft.ts'
import { slotsOf, withMoved, withPlaced, withSwapped, withWeight, withoutImage } from './core/slots.ts'
import type { BenchImage, Slot } from './core/slots.ts'
import { draftStore, patchMode } from './draft-store.ts'
import { intakeStore } from './intake.ts'
import type { HandedIn, Target } from './intake.ts'
import { warmUpImages } from './prepare.ts'
import { transferStore } from './transfers.ts'

const CropSheet = lazy(async () => ({ default: (await import('./crop-sheet.tsx')).CropSheet }))

type Tab = 'images' | 'mask' | 'prompt' | 'settings'

type BenchProps = {
  mode: ModeView
  /** Whether something is painted on that image. */
  isMasked: (image: BenchImage) => boolean
  /** How many images a press can make now, and why not more. */
  most: Most
  /** The house style, of the mode that has one. */
  house: ReactNode
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

type SlotsProps = Pick<BenchProps, 'mode' | 'isMasked' | 'onFiles' | 'onSend' | 'onShow'>

/** The images that go in, by role. */
function Slots({ mode, isMasked, onFiles, onSend, onShow }: SlotsProps) {
  const { slots } = modeDraft(useStore(draftStore), mode.key)
  const { problems } = useStore(intakeStore)
  const transfers = useStore(transferStore)
  const [cutting, setCutting] = useState<Slot | null>(null)
  const change = (next: typeof slots) => patchMode(mode.key, { slots: next })
  const main = slots.find((slot) => slot.role !== 'style')?.image ?? null
  const swap = (key: string, other: string) => {
    if (key !== other) change(withSwapped(slots, key, other))
  }
  const dropped = (key: string, onto: Slot) => {
    const from = slots.find((slot) => slot.image.key === key)
    if (from?.role === onto.role) change(withPlaced(slots, onto.role, key, onto.image.key))
    else swap(key, onto.image.key)
  }
  return (
    <>
      {mode.inputs.map((input) => {
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
              onCrop={setCutting}
              onSwap={main && ((slot) => swap(slot.image.key, main.key))}
              onDropped={dropped}
            />
          )
        }
        const slot = held[0] ?? null
        const image = slot?.image ?? null
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
            onCrop={() => setCutting(slot)}
            onSwap={swap}
          />
        )
      })}
      {cutting && (
        <Suspense>
          <CropSheet
            image={cutting.image}
            bench={mode.key}
            role={cutting.role}
            masked={mode.mask && isMasked(cutting.image)}
            onClose={() => setCutting(null)}
          />
        </Suspense>
      )}
    </>
  )
}

/** One sentence while this browser keeps nothing: the bench works, and will be empty after a reload. */
function DiskNote() {
  const disk = useStore(diskStore)
  const said = disk === 'ok' ? [] : [copy.bench.disk[disk]]
  return (
    <div className={disk === 'ok' ? 'sr' : 'disk-note'} data-testid="disk-note">
      <SlotProblems problems={said} />
    </div>
  )
}

/** Has the part that opens images fetched once the page is quiet, so that a file chosen later needs no network. */
function useWarmImages(): void {
  useEffect(() => {
    const timer = setTimeout(warmUpImages, warmAfter)
    return () => clearTimeout(timer)
  }, [])
}
/** After this the page has been painted. Milliseconds. */
const warmAfter = 600

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
export function Bench(props: BenchProps) {
  const { mode, mask, fire, most, house, onCopied, onSubmit } = props
  useWarmImages()
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
        <DiskNote />
        {house}
        <Slots {...props} />
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
      <div className="fire">
        <Count most={most} />
        {fire}
      </div>
    </form>
  )
}
