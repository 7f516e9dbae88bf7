import type { JobView } from '#shared/jobs/schema.ts'
import { tellCopy } from '#client/app/copy-tell.ts'
import { takeWish, wishStore } from './wishes.ts'

let audio: AudioContext | null = null

/** Two short tones, as quiet as a spoon on iron. Needs a press on this page before it may sound. */
export function playTone(): void {
  audio ??= new AudioContext()
  const now = audio.currentTime
  for (const [at, pitch] of [
    [0, 660],
    [0.14, 990],
  ] as const) {
    const [tone, gain] = [audio.createOscillator(), audio.createGain()]
    tone.frequency.value = pitch
    gain.gain.setValueAtTime(0.08, now + at)
    gain.gain.exponentialRampToValueAtTime(0.0001, now + at + 0.4)
    tone.connect(gain).connect(audio.destination)
    tone.start(now + at)
    tone.stop(now + at + 0.4)
  }
}

/** Whether the browser shows notifications, has to be asked, or will not. */
export function telling(): 'granted' | 'denied' | 'default' | 'unsupported' {
  return 'Notification' in window ? Notification.permission : 'unsupported'
}

/** Asks for the permission; only ever called for somebody who has just asked to be told. */
export async function askToTell(): Promise<ReturnType<typeof telling>> {
  return telling() === 'default' ? await Notification.requestPermission() : telling()
}

function bodyOf(job: JobView): string {
  return tellCopy.body(job.transmission, job.prompt)
}

/** Tells the end of a job to whoever asked for it: one notification however many tabs are open. */
export async function tellEnd(job: JobView): Promise<void> {
  if (!(await takeWish(job.id))) return
  if (wishStore.get().sound) playTone()
  if (telling() !== 'granted') return
  try {
    const told = new Notification(tellCopy.ended[job.status === 'succeeded' ? 'done' : 'failed'], {
      body: bodyOf(job),
      tag: job.id,
      icon: '/icons/icon-192.png',
    })
    told.addEventListener('click', () => {
      window.focus()
      if (!location.search.includes(job.id)) location.assign(`/studio?job=${job.id}`)
      told.close()
    })
  } catch {
    // Some phones allow notifications from service workers alone; the title of the tab still says it.
  }
}
