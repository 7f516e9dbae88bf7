import { useEffect, useState } from 'react'
import { copy } from '#client/app/copy.ts'
import { takeFile } from './intake.ts'

function fileOf(transfer: DataTransfer | null): File | undefined {
  return transfer ? [...transfer.files][0] : undefined
}

/** Takes files dropped anywhere in the window and pictures pasted anywhere. True while a file is held over it. */
export function useWindowIntake(onTaken: () => void): boolean {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const listening = new AbortController()
    const { signal } = listening
    let depth = 0

    function take(file: File): void {
      void takeFile(file, file.name || copy.bench.pasted).then((taken) => {
        if (taken) onTaken()
      })
    }
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
        const file = fileOf(event.dataTransfer)
        if (file) take(file)
      },
      { signal },
    )
    window.addEventListener(
      'paste',
      (event) => {
        const file = fileOf(event.clipboardData)
        if (!file) return
        event.preventDefault()
        take(file)
      },
      { signal },
    )
    return () => listening.abort()
  }, [onTaken])
  return over
}
