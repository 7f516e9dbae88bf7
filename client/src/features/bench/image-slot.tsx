import { Camera, Crop, ImagePlus, RotateCw, Upload, X } from 'lucide-react'
import { copy } from '#client/app/copy.ts'
import { formatSize } from '#client/lib/format.ts'
import { blobUrl } from '#client/lib/blob-url.ts'
import { FileButton } from './file-button.tsx'
import { SlotProblems } from './slot-problems.tsx'
import { dropZone } from './drop-zone.ts'
import { dragHandle, dragPlace } from './slot-drag.ts'
import type { Input, BenchImage } from './core/slots.ts'
import type { HandedIn, Target } from './intake.ts'
import type { Transfer } from './transfers.ts'

type ImageSlotProps = {
  input: Input & { title: string }
  image: BenchImage | null
  transfer: Transfer | null
  problems: readonly string[]
  onFiles: (files: readonly HandedIn[], target: Target) => void
  onRemove: (image: BenchImage) => void
  onRetry: (image: BenchImage) => void
  onShow: () => void
  onCrop: (image: BenchImage) => void
  /** Another image of the bench, by its key, was let go on this one. */
  onSwap: (key: string, other: string) => void
}

function Filled({
  input,
  image,
  transfer,
  onFiles,
  onRemove,
  onRetry,
  onShow,
  onCrop,
  onSwap,
}: ImageSlotProps & { image: BenchImage }) {
  const scaled = image.from.width !== image.size.width
  const size = scaled ? copy.bench.resized(formatSize(image.from), formatSize(image.size)) : formatSize(image.size)
  return (
    <div
      className="slot"
      {...dropZone({ role: input.role, instead: image.key })}
      {...dragPlace((key) => onSwap(key, image.key))}
    >
      <button
        type="button"
        className="pic"
        aria-label={copy.bench.show}
        title={copy.bench.show}
        onClick={onShow}
        {...dragHandle(image.key)}
      >
        <img
          src={blobUrl(image.blob)}
          alt={image.name}
          width={image.size.width}
          height={image.size.height}
          draggable={false}
        />
      </button>
      <div className="min-w-0">
        <b title={image.name}>{image.name}</b>
        <span className="num hint">
          {transfer && transfer.problem === null ? copy.bench.sent(Math.round(transfer.share * 100)) : size}
          {image.crop && `, ${copy.bench.cropped}`}
        </span>
      </div>
      <div className="acts">
        {transfer?.problem && (
          <button type="button" className="icon" aria-label={copy.bench.sendAgain} onClick={() => onRetry(image)}>
            <RotateCw className="i" aria-hidden />
          </button>
        )}
        <button
          type="button"
          className="icon"
          aria-label={copy.bench.crop}
          title={copy.bench.crop}
          onClick={() => onCrop(image)}
        >
          <Crop className="i" aria-hidden />
        </button>
        <FileButton
          className="icon"
          label={copy.bench.replace}
          onFiles={(files) => onFiles(files, { role: input.role, instead: image.key })}
        >
          <Upload className="i" aria-hidden />
        </FileButton>
        <button
          type="button"
          className="icon"
          aria-label={copy.bench.remove}
          title={copy.bench.remove}
          onClick={() => onRemove(image)}
        >
          <X className="i" aria-hidden />
        </button>
      </div>
    </div>
  )
}

/** A role that holds one image: empty slot, or what is in it with its sizes before and after scaling. */
export function ImageSlot(props: ImageSlotProps) {
  const { input, image, transfer, problems, onFiles } = props
  const target = { role: input.role, instead: null }
  return (
    <section data-tab="images" aria-label={input.title}>
      <div className="head-row">
        <h2 className="label">{input.title}</h2>
        {input.min === 0 && <span className="hint">{copy.bench.optional}</span>}
      </div>
      {image ? (
        <Filled {...props} image={image} />
      ) : (
        <>
          <FileButton className="drop" multiple onFiles={(files) => onFiles(files, target)}>
            <ImagePlus className="i" aria-hidden />
            <span>
              <b>{copy.bench.drop}</b>
              <br />
              <span className="hint">{copy.bench.dropHint}</span>
            </span>
          </FileButton>
          <div className="only-phone mt-2">
            <FileButton className="btn w-full" camera onFiles={(files) => onFiles(files, target)}>
              <Camera className="i" aria-hidden />
              {copy.bench.photo}
            </FileButton>
          </div>
        </>
      )}
      <SlotProblems problems={[...problems, ...(transfer?.problem ? [transfer.problem] : [])]} />
    </section>
  )
}
