import { X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { ReactNode } from 'react'
import { copy } from '#client/app/copy.ts'

type SheetProps = {
  title: string
  /** Where it is laid out otherwise than at the side. */
  className?: string
  onClose: () => void
  children: ReactNode
}

/** A native modal dialog over the bench: focus kept inside, Esc and a press beside it close it. */
export function Sheet({ title, className, onClose, children }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const shown = dialog.current
    shown?.showModal()
    return () => shown?.close()
  }, [])
  return (
    // The press beside the sheet is a convenience; Esc and Close do the same by keyboard.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={dialog}
      className={className === undefined ? 'sheet scale' : `sheet scale ${className}`}
      aria-label={title}
      // A dialog that was closed and shown again, as React does in development, is not closed.
      onClose={(event) => {
        if (!event.currentTarget.open) onClose()
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose()
      }}
    >
      {children}
      {/* Last, so that the first field has the focus when it opens. */}
      <button type="button" className="icon close" aria-label={copy.account.close} onClick={onClose}>
        <X className="i" aria-hidden />
      </button>
    </dialog>
  )
}
