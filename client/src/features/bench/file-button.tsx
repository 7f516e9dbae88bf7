import { useRef } from 'react'
import type { ReactNode } from 'react'
import { takeFile } from './intake.ts'

type FileButtonProps = {
  className: string
  label?: string
  /** Opens the camera on a phone. */
  camera?: boolean
  onTaken: () => void
  children: ReactNode
}

/** A button that opens the file picker (or the camera) and puts what was chosen on the bench. */
export function FileButton({ className, label, camera, onTaken, children }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <button
        type="button"
        className={className}
        aria-label={label}
        title={label}
        onClick={() => input.current?.click()}
      >
        {children}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept={camera ? 'image/*' : 'image/jpeg,image/png,image/webp,image/heic,image/heif,image/avif'}
        {...(camera ? { capture: 'environment' as const } : { 'data-testid': 'file-input' })}
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (file) {
            void takeFile(file, file.name).then((taken) => {
              if (taken) onTaken()
            })
          }
        }}
      />
    </>
  )
}
