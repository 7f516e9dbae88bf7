import { useRef } from 'react'
import type { ReactNode } from 'react'
import type { HandedIn } from './intake.ts'

type FileButtonProps = {
  className: string
  label?: string
  /** Opens the camera on a phone. */
  camera?: boolean
  multiple?: boolean
  onFiles: (files: HandedIn[]) => void
  children: ReactNode
}

/** A button that opens the file picker (or the camera) and hands over what was chosen. */
export function FileButton({ className, label, camera, multiple, onFiles, children }: FileButtonProps) {
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
        multiple={multiple}
        accept={camera ? 'image/*' : 'image/jpeg,image/png,image/webp,image/heic,image/heif,image/avif'}
        {...(camera ? { capture: 'environment' as const } : { 'data-testid': 'file-input' })}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])].map((file) => ({ blob: file, name: file.name }))
          event.target.value = ''
          if (files.length > 0) onFiles(files)
        }}
      />
    </>
  )
}
