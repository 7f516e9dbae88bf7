import { useEffect, useState } from 'react'
import { imageLimits } from '#shared/assets/rules.ts'
import type { InputRole } from '#shared/jobs/rules.ts'
import { cropCopy } from '#client/app/crop-copy.ts'
import { Sheet } from '#client/components/ui/sheet.tsx'
import '#client/styles/crop.css'
import { aspects } from './core/draft.ts'
import { cropPixels, moved, shaped, whole } from './core/crop.ts'
import type { Crop } from './core/crop.ts'
import type { BenchImage } from './core/slots.ts'
import type { Size } from './core/size.ts'
import { CropArea } from './crop-area.tsx'
import { cropImage } from './crop-image.ts'
import { originalOf } from './originals.ts'

const sides = ['x', 'y', 'width', 'height'] as const

/** The picture that is cut, upright, with its size once it is known. */
function usePicture(file: Blob): { url: string; size: Size | null } {
  const [picture, setPicture] = useState<{ url: string; size: Size | null }>({ url: '', size: null })
  useEffect(() => {
    const url = URL.createObjectURL(file)
    const image = new Image()
    image.addEventListener('load', () =>
      setPicture({ url, size: { width: image.naturalWidth, height: image.naturalHeight } }),
    )
    image.src = url
    return () => URL.revokeObjectURL(url)
  }, [file])
  return picture
}

function Numbers({ crop, size, onChange }: { crop: Crop; size: Size; onChange: (crop: Crop) => void }) {
  const pixels = cropPixels(crop, size)
  const full = (side: (typeof sides)[number]) => (side === 'x' || side === 'width' ? size.width : size.height)
  return (
    <div className="crop-numbers">
      {sides.map((side) => (
        <label key={side}>
          <span className="hint">{cropCopy.sides[side]}</span>
          <input
            className="numfield"
            type="number"
            min={0}
            max={full(side)}
            value={pixels[side]}
            onChange={(event) => {
              const share = Math.min(1, Math.max(0, Number(event.target.value) / full(side)))
              const next = { ...crop, [side]: share }
              onChange(moved({ ...next, width: Math.min(next.width, 1), height: Math.min(next.height, 1) }, 0, 0))
            }}
          />
        </label>
      ))}
    </div>
  )
}

type CropSheetProps = {
  image: BenchImage
  bench: string
  role: InputRole
  /** True when a mask was painted on it, which a cut image has not. */
  masked: boolean
  onClose: () => void
}

/** Cuts one image of the bench, by hand, by keys or by numbers; what is cut away can be had back. */
export function CropSheet({ image, bench, role, masked, onClose }: CropSheetProps) {
  const { url, size } = usePicture(originalOf(image))
  const [crop, setCrop] = useState<Crop>(image.crop ?? whole)
  const [aspect, setAspect] = useState<number | null>(null)
  const [working, setWorking] = useState(false)
  const pixels = size && cropPixels(crop, size)
  const small = pixels !== null && Math.min(pixels.width, pixels.height) < imageLimits.shortEdge
  const shape = (value: number | null) => {
    setAspect(value)
    if (value !== null && size) setCrop(shaped(crop, value, size))
  }
  const choices = [
    { name: cropCopy.free, value: null },
    ...(size ? [{ name: cropCopy.own, value: size.width / size.height }] : []),
    ...aspects,
  ]
  return (
    <Sheet title={cropCopy.title} className="crop" onClose={onClose}>
      <h2>{cropCopy.title}</h2>
      {size && <CropArea picture={url} size={size} crop={crop} aspect={aspect} onChange={setCrop} />}
      <div className="crop-set">
        <fieldset className="crop-shapes">
          <legend className="sr">{cropCopy.shape}</legend>
          {choices.map((one) => (
            <label key={one.name} className="btn quiet small">
              <input
                type="radio"
                name="crop-shape"
                className="sr"
                checked={aspect === one.value}
                onChange={() => shape(one.value)}
              />
              {one.name}
            </label>
          ))}
        </fieldset>
        {size && <Numbers crop={crop} size={size} onChange={setCrop} />}
      </div>
      <div className="crop-foot">
        <p className={small ? 'bad' : 'hint'}>
          <output>{small ? cropCopy.tooSmall : pixels && cropCopy.result(pixels.width, pixels.height)}</output>
          {masked && ` ${cropCopy.maskNote}`}
        </p>
        <div className="row">
          <button
            type="button"
            className="btn"
            disabled={working || small || !size}
            onClick={() => {
              setWorking(true)
              void cropImage(image, crop, bench, role).then(onClose, onClose)
            }}
          >
            {working ? cropCopy.working : cropCopy.keep}
          </button>
          <button
            type="button"
            className="btn quiet"
            onClick={() => {
              setAspect(null)
              setCrop(whole)
            }}
          >
            {cropCopy.reset}
          </button>
        </div>
      </div>
    </Sheet>
  )
}
