import { useEffect, useState } from 'react'
import { copy } from '#client/app/copy.ts'
import { dropTarget } from './drop-zone.ts'
import type { HandedIn, Target } from './intake.ts'

function nameOf(file: File): string {
  return file.name || copy.bench.pasted
}

function filesOf(transfer: DataTransfer | null): HandedIn[] {
  return [...(transfer?.files ?? [])].map((file) => ({ blob: file, name: nameOf(file) }))
}

/** What was dropped: files, folders, which only the item itself tells apart, or the address of a page. */
function dropped(transfer: DataTransfer | null): HandedIn[] {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === 'file')
  const files = items.flatMap((item): HandedIn[] => {
    const file = item.getAsFile()
    if (!file) return []
    const isFolder = item.webkitGetAsEntry()?.isDirectory === true
    return [{ blob: file, name: nameOf(file), ...(isFolder ? { problem: 'folder' } : {}) }]
  })
  const address = transfer?.getData('text/uri-list') ?? ''
  return files.length > 0 || address === '' ? files : [{ blob: new Blob(), name: address, problem: 'address' }]
}

function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea') !== null
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
    /** An address that is let go on the page would take the page there. */
    function isOurs(event: DragEvent): boolean {
      return isFile(event) || (event.dataTransfer?.types.includes('text/uri-list') === true && !isField(event.target))
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
    window.addEventListener('dragover', (event) => isOurs(event) && event.preventDefault(), { signal })
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
        if (!isOurs(event)) return
        event.preventDefault()
        leave()
        const files = dropped(event.dataTransfer)
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
