import { ArrowDown, ArrowLeftRight, ArrowUp, Camera, Crop, Ellipsis, Plus, RotateCw, Upload, X } from 'lucide-react'
import { useId } from 'react'
import type { CSSProperties } from 'react'
import { copy } from '#client/app/copy.ts'
import { blobUrl } from '#client/lib/blob-url.ts'
import { formatShare } from '#client/lib/format.ts'
import { dropZone } from './drop-zone.ts'
import { dragHandle, dragPlace } from './slot-drag.ts'
import { FileButton } from './file-button.tsx'
import { SlotProblems } from './slot-problems.tsx'
import type { Input, Slot } from './core/slots.ts'
import type { HandedIn, Target } from './intake.ts'
import type { Transfer } from './transfers.ts'

type StyleSlotsProps = {
  input: Input & { title: string }
  slots: readonly Slot[]
  transfers: Readonly<Record<string, Transfer>>
  problems: readonly string[]
  onFiles: (files: readonly HandedIn[], target: Target) => void
  onWeight: (slot: Slot, weight: number) => void
  onMove: (slot: Slot, by: 1 | -1) => void
  onRemove: (slot: Slot) => void
  onRetry: (slot: Slot) => void
  onCrop: (slot: Slot) => void
  /** Lets it change places with the main image; null while there is none. */
  onSwap: ((slot: Slot) => void) | null
  /** Another image of the bench, by its key, was let go on this one. */
  onDropped: (key: string, onto: Slot) => void
}

type RowProps = Omit<StyleSlotsProps, 'slots' | 'problems'> & { slot: Slot; place: number; count: number }

/** What else can be done with one style: where it stands, another image, away with it. */
function More({ slot, place, count, input, onMove, onRemove, onFiles, onCrop, onSwap }: RowProps) {
  const id = useId()
  const anchor = { '--anchor': `--slot-${place}` } as CSSProperties
  const close = () => document.getElementById(id)?.hidePopover()
  return (
    <div className="more" style={anchor}>
      <button
        type="button"
        className="icon"
        popoverTarget={id}
        aria-label={copy.bench.more(slot.image.name)}
        title={copy.bench.more(slot.image.name)}
      >
        <Ellipsis className="i" aria-hidden />
      </button>
      <div id={id} popover="auto" className="menu">
        <button type="button" disabled={place === 0} onClick={() => onMove(slot, -1)}>
          <ArrowUp className="i" aria-hidden />
          {copy.bench.up}
        </button>
        <button type="button" disabled={place === count - 1} onClick={() => onMove(slot, 1)}>
          <ArrowDown className="i" aria-hidden />
          {copy.bench.down}
        </button>
        <button
          type="button"
          disabled={onSwap === null}
          onClick={() => {
            close()
            onSwap?.(slot)
          }}
        >
          <ArrowLeftRight className="i" aria-hidden />
          {copy.bench.swap}
        </button>
        <button
          type="button"
          onClick={() => {
            close()
            onCrop(slot)
          }}
        >
          <Crop className="i" aria-hidden />
          {copy.bench.crop}
        </button>
        <FileButton
          className=""
          onFiles={(files) => {
            close()
            onFiles(files, { role: input.role, instead: slot.image.key })
          }}
        >
          <Upload className="i" aria-hidden />
          {copy.bench.replace}
        </FileButton>
        <button type="button" onClick={() => onRemove(slot)}>
          <X className="i" aria-hidden />
          {copy.bench.remove}
        </button>
      </div>
    </div>
  )
}

function Row(props: RowProps) {
  const { slot, input, transfers, onWeight, onRetry, onDropped } = props
  const { image, weight } = slot
  const id = useId()
  const transfer = transfers[image.key]
  const sending = transfer && transfer.problem === null
  return (
    <li {...dropZone({ role: input.role, instead: image.key })} {...dragPlace((key) => onDropped(key, slot))}>
      {/* The menu moves it too. */}
      <span className="pic" title={copy.bench.handle(image.name)} {...dragHandle(image.key)}>
        <img src={blobUrl(image.blob)} alt="" width={48} height={48} draggable={false} />
      </span>
      <div className="amount">
        <label htmlFor={id} title={image.name}>
          {image.name}
        </label>
        <output className="num" htmlFor={id}>
          {sending ? copy.bench.sent(Math.round(transfer.share * 100)) : formatShare(weight)}
        </output>
        <input
          id={id}
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={weight}
          aria-label={copy.bench.strength(image.name)}
          style={{ '--v': `${weight * 100}%` } as CSSProperties}
          onChange={(event) => onWeight(slot, Number(event.target.value))}
          onDoubleClick={() => onWeight(slot, 1)}
        />
      </div>
      {transfer?.problem ? (
        <button type="button" className="icon" aria-label={copy.bench.sendAgain} onClick={() => onRetry(slot)}>
          <RotateCw className="i" aria-hidden />
        </button>
      ) : (
        <More {...props} />
      )}
      <SlotProblems problems={transfer?.problem ? [transfer.problem] : []} />
    </li>
  )
}

/** A role that holds several images, each with its strength; the order is the order they are sent in. */
export function StyleSlots(props: StyleSlotsProps) {
  const { input, slots, problems, onFiles } = props
  const add = (files: readonly HandedIn[]) => onFiles(files, { role: input.role, instead: null })
  return (
    <section
      data-tab="images"
      aria-label={input.title}
      className="styles"
      {...dropZone({ role: input.role, instead: null })}
    >
      <div className="head-row">
        <h2 className="label">{input.title}</h2>
        <span className="num hint">{copy.bench.filled(slots.length, input.max)}</span>
        {slots.length > 0 && slots.length < input.max && (
          <span className="head-tools">
            <FileButton className="icon" label={copy.bench.addStyle} multiple onFiles={add}>
              <Plus className="i" aria-hidden />
            </FileButton>
          </span>
        )}
      </div>
      {slots.length > 0 && (
        <ol>
          {slots.map((slot, place) => (
            <Row key={slot.image.key} {...props} slot={slot} place={place} count={slots.length} />
          ))}
        </ol>
      )}
      {slots.length === 0 && (
        <FileButton className="drop small" multiple onFiles={add}>
          <Plus className="i" aria-hidden />
          {copy.bench.addFirstStyle}
        </FileButton>
      )}
      {slots.length < input.max && (
        <span className="only-phone">
          <FileButton className="btn quiet small add" camera onFiles={add}>
            <Camera className="i" aria-hidden />
            {copy.bench.photo}
          </FileButton>
        </span>
      )}
      <SlotProblems problems={problems} />
    </section>
  )
}
