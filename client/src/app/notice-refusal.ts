import type { ErrorCode, ErrorData } from '#shared/errors.ts'
import { copy } from './copy.ts'
import { notice } from './notice.ts'

/** The words of refusals come late: they are wanted when something was asked of the server and not given. */
export const loadRefusals = () => import('./copy-refusals.ts')

/** Says in passing why the server refused. */
export async function noticeRefusal(code: ErrorCode, data: ErrorData = {}): Promise<void> {
  const words = await loadRefusals().catch(() => null)
  notice(words ? words.refusals[code](data) : copy.generate.offline)
}
