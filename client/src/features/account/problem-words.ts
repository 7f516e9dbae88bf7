import { copy } from '#client/app/copy.ts'
import type { AuthProblem } from './problems.ts'

/** Every problem in words; what a code or a captcha is, only the late-loaded parts know. */
export const problemWords: Record<AuthProblem, string> = {
  wrong: copy.account.wrong,
  taken: copy.account.taken,
  weak: copy.account.weak,
  same: 'That is the password you have already.',
  'bad-email': copy.account.badEmail,
  'bad-code': 'That code is not right, or too old. Check it, or have another one sent.',
  captcha: 'The check that you are a person did not pass. Try again.',
  'too-many': copy.account.tooMany,
  unreachable: copy.account.unreachable,
}
