import { useEffect, useState } from 'react'
import { copy } from '#client/app/copy.ts'
import { dropTarget } from './drop-zone.ts'
import type { HandedIn, Target } from './intake.ts'

function filesOf(transfer: DataTransfer | null): HandedIn[] {
  return [...(transfer?.files ?? [])].map((file) => ({ blob: file, name: file.name || copy.bench.pasted }))
}

/** Takes files dropped anywhere in the window and pictures pasted anywhere. True while a file is held over it. */
export function useWindowIntake(onFiles: (files: readonly HandedIn[], target: Target | null) => void): boolean {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const listening = new AbortController()
    const { signal } = listening
    let depth = 0

    function leave(): void {
      depth = 0
      setOver(false)
    }
    function isFile(event: DragEvent): boolean {
      return event.dataTransfer?.types.includes('Files') === true
    }

    window.addEventListener(
      'dragenter',
      (event) => {
        if (!isFile(event)) return
        event.preventDefault()
        depth += 1
        setOver(true)
      },
      { signal },
    )
    window.addEventListener('dragover', (event) => isFile(event) && event.preventDefault(), { signal })
    window.addEventListener(
      'dragleave',
      () => {
        depth -= 1
        if (depth <= 0) leave()
      },
      { signal },
    )
    window.addEventListener(
      'drop',
      (event) => {
        if (!isFile(event)) return
        event.preventDefault()
        leave()
        const files = filesOf(event.dataTransfer)
        if (files.length > 0) onFiles(files, dropTarget(event.target))
      },
      { signal },
    )
    window.addEventListener(
      'paste',
      (event) => {
        const files = filesOf(event.clipboardData)
        if (files.length === 0) return
        event.preventDefault()
        onFiles(files, null)
      },
      { signal },
    )
    return () => listening.abort()
  }, [onFiles])
  return over
}
