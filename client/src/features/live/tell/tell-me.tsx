import { Bell, BellRing } from 'lucide-react'
import { useId, useState } from 'react'
import { tellCopy } from '#client/app/copy-tell.ts'
import { useStore } from '#client/lib/use-store.ts'
import { askToTell, playTone, telling } from './tell.ts'
import { wish, wishSound, wishStore } from './wishes.ts'

/** The wish to be told when one job is done: a notification if the browser allows it, a sound if that is wanted too. */
export function TellForm({ jobId }: { jobId: string }) {
  const wishes = useStore(wishStore)
  const [allowed, setAllowed] = useState(telling)
  return (
    <>
      <label className="check">
        <input
          type="checkbox"
          checked={wishes.jobs.includes(jobId)}
          onChange={(event) => {
            wish(jobId, event.target.checked)
            if (event.target.checked) void askToTell().then(setAllowed)
          }}
        />
        {tellCopy.wish}
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={wishes.sound}
          onChange={(event) => {
            wishSound(event.target.checked)
            // Heard once now, so that nobody is startled later; it is also what lets it sound in the background.
            if (event.target.checked) playTone()
          }}
        />
        {tellCopy.sound}
      </label>
      <p className="hint">
        {allowed === 'denied' ? tellCopy.denied : allowed === 'unsupported' ? tellCopy.unsupported : tellCopy.hint}
      </p>
    </>
  )
}

/** The same behind a bell. */
export function TellMe({ jobId }: { jobId: string }) {
  const id = useId()
  const wanted = useStore(wishStore).jobs.includes(jobId)
  const Icon = wanted ? BellRing : Bell
  return (
    <>
      <button
        type="button"
        className="icon"
        popoverTarget={id}
        aria-label={tellCopy.label}
        aria-pressed={wanted}
        title={tellCopy.label}
      >
        <Icon className="i" aria-hidden />
      </button>
      <div id={id} popover="auto" className="pop from-foot">
        <h2>{tellCopy.label}</h2>
        <TellForm jobId={jobId} />
      </div>
    </>
  )
}
