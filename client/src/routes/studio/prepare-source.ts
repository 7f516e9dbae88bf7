import { copy } from '#client/app/copy.ts'
import { live } from '#client/app/live.ts'
import { ensureUser } from '#client/features/account/sign-in.ts'
import type { BenchImage } from '#client/features/bench/core/slots.ts'
import { setTransfer } from '#client/features/bench/transfers.ts'
import { ensureWork } from '#client/features/bench/upload.ts'

/**
 * Sends a source and has it prepared. What is painted on is the server's work image and nothing else, so a mode that
 * repaints needs an account as soon as it has a source; a guest account is opened then. Failures stand at the slot.
 */
export async function prepareSource(image: BenchImage, mode: string): Promise<void> {
  setTransfer(image.key, { share: 0, problem: null })
  const user = await ensureUser().catch(() => ({ problem: 'unreachable' as const }))
  if ('problem' in user) {
    const problem = user.problem === 'too-many' ? copy.generate.anonymousLimit : copy.account.unreachable
    setTransfer(image.key, { share: 0, problem })
    return
  }
  live.start(user.userId)
  // What went wrong stands at the slot already.
  await ensureWork(image, mode, user.userId).catch(() => undefined)
}
