import { Camera, CircleAlert, ImagePlus, Upload, X } from 'lucide-react'
import { copy } from '#client/app/copy.ts'
import { formatSize } from '#client/lib/format.ts'
import { blobUrl } from '#client/lib/blob-url.ts'
import { useStore } from '#client/lib/use-store.ts'
import { FileButton } from './file-button.tsx'
import { draftStore, patchDraft } from './draft-store.ts'
import { intakeStore } from './intake.ts'
import type { BenchImage } from './core/draft.ts'

type ImageSlotProps = { title: string; onTaken: () => void; onShow: () => void }

function Filled({ image, onTaken, onShow }: { image: BenchImage; onTaken: () => void; onShow: () => void }) {
  const scaled = image.from.width !== image.size.width
  return (
    <div className="slot">
      <button type="button" className="pic" aria-label={copy.bench.show} title={copy.bench.show} onClick={onShow}>
        <img src={blobUrl(image.blob)} alt={image.name} width={image.size.width} height={image.size.height} />
      </button>
      <div className="min-w-0">
        <b title={image.name}>{image.name}</b>
        <span className="num hint">
          {scaled ? copy.bench.resized(formatSize(image.from), formatSize(image.size)) : formatSize(image.size)}
        </span>
      </div>
      <div className="acts">
        <FileButton className="icon" label={copy.bench.replace} onTaken={onTaken}>
          <Upload className="i" aria-hidden />
        </FileButton>
        <button
          type="button"
          className="icon"
          aria-label={copy.bench.remove}
          title={copy.bench.remove}
          onClick={() => {
            patchDraft({ image: null })
            onTaken()
          }}
        >
          <X className="i" aria-hidden />
        </button>
      </div>
    </div>
  )
}

/** The base image: empty slot, or what is in it with its sizes before and after scaling. */
export function ImageSlot({ title, onTaken, onShow }: ImageSlotProps) {
  const { image } = useStore(draftStore)
  const { problem } = useStore(intakeStore)
  return (
    <section data-tab="images" aria-label={title}>
      <div className="head-row">
        <h2 className="label">{title}</h2>
      </div>
      {image ? (
        <Filled image={image} onTaken={onTaken} onShow={onShow} />
      ) : (
        <>
          <FileButton className="drop" onTaken={onTaken}>
            <ImagePlus className="i" aria-hidden />
            <span>
              <b>{copy.bench.drop}</b>
              <br />
              <span className="hint">{copy.bench.dropHint}</span>
            </span>
          </FileButton>
          <div className="only-phone mt-2">
            <FileButton className="btn w-full" camera onTaken={onTaken}>
              <Camera className="i" aria-hidden />
              {copy.bench.photo}
            </FileButton>
          </div>
        </>
      )}
      <p role="alert" className={problem ? 'word mt-3 items-start' : 'sr'}>
        {problem && (
          <>
            <CircleAlert className="i bad mt-[3px]" aria-hidden />
            <span>{problem}</span>
          </>
        )}
      </p>
    </section>
  )
}
