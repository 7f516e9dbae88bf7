import { useState } from 'react'
import { copyAccount } from '#client/app/copy-account.ts'
import { api } from '#client/lib/api.ts'
import { collectData } from './export-data.ts'

const words = copyAccount.page

function save(blob: Blob): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = 'forge-data.json'
  link.click()
  // Some browsers start reading only after the click returns.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** Everything that is kept about whoever is signed in, as one file. */
export function ExportData() {
  const [state, setState] = useState<number | 'idle' | 'done' | 'failed'>('idle')
  const collecting = typeof state === 'number'
  const collect = async () => {
    setState(0)
    try {
      save(await collectData(setState))
      setState('done')
    } catch {
      setState('failed')
    }
  }
  return (
    <section>
      <h2 className="label">{words.data}</h2>
      <p className="soft">{words.dataLead}</p>
      <button type="button" className="btn" disabled={collecting} onClick={() => void collect()}>
        {collecting ? words.collecting(state) : words.download}
      </button>
      <output className="hint">
        {state === 'done' && words.downloaded}
        {state === 'failed' && words.downloadFailed}
      </output>
    </section>
  )
}

type DeleteProps = { credits: number; onDeleted: (ended: number) => void }

/** The end of the account, behind a word that has to be typed. */
export function DeleteAccount({ credits, onDeleted }: DeleteProps) {
  const [typed, setTyped] = useState('')
  const [state, setState] = useState<'idle' | 'working' | 'failed'>('idle')
  const confirmed = typed.trim().toLowerCase() === words.deleteWord
  const close = async () => {
    setState('working')
    try {
      const { ended } = await api.account.close.mutate({ confirm: 'delete' })
      onDeleted(ended)
    } catch {
      setState('failed')
    }
  }
  return (
    <section>
      <h2 className="label">{words.delete}</h2>
      <p className="soft">{words.deleteLead}</p>
      <p className="soft">{words.deleteBooks}</p>
      {credits > 0 && <p className="bad">{words.deleteCredits(credits)}</p>}
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault()
          if (confirmed) void close()
        }}
      >
        <label>
          {words.deleteType}
          <input
            className="field"
            autoComplete="off"
            autoCapitalize="none"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <button type="submit" className="btn" disabled={!confirmed || state === 'working'}>
          {state === 'working' ? words.deleting : words.deleteNow}
        </button>
        <p role="alert" className={state === 'failed' ? 'bad' : 'sr'}>
          {state === 'failed' && words.deleteFailed}
        </p>
      </form>
    </section>
  )
}
