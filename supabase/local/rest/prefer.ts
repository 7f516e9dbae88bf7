import { ApiError } from '../http.ts'
import { unsupported } from './errors.ts'

/** What a request prefers, of what this stack can do. */
export type Preferences = { count: boolean }

/** Preferences that change nothing here: what they ask for happens anyway, or asks of writes to tables only. */
const idle = new Set(['handling=lenient', 'tx=commit', 'return=minimal', 'return=representation'])

/** Parses `Prefer`. A preference that we would have to ignore is refused, since it would change the answer. */
export function preferencesOf(header: string | null): Preferences {
  const result: Preferences = { count: false }
  for (const item of (header ?? '').split(',').map((part) => part.trim())) {
    if (item === '' || idle.has(item)) continue
    if (item === 'count=exact') result.count = true
    else throw unsupported(`the preference ${item}`)
  }
  return result
}

/** The answer's form: all rows, or exactly one as an object. Refuses other media types and schemas (406). */
export function formOf(headers: Headers, reading: boolean): 'rows' | 'object' {
  const profile = headers.get(reading ? 'accept-profile' : 'content-profile')
  if (profile !== null && profile !== 'public') {
    throw new ApiError(406, {
      code: 'PGRST106',
      message: `Invalid schema: ${profile}`,
      hint: 'Only the following schemas are exposed: public',
    })
  }
  const types = (headers.get('accept') ?? '*/*').split(',').map((type) => type.trim())
  for (const type of types) {
    const [media = '', ...parameters] = type.split(';').map((part) => part.trim())
    if (parameters.includes('nulls=stripped')) throw unsupported('stripped nulls')
    if (media === 'application/vnd.pgrst.object+json' || media === 'application/vnd.pgrst.object') return 'object'
    if (media === 'application/json' || media === '*/*' || media === 'application/*') return 'rows'
  }
  throw new ApiError(406, { code: 'PGRST107', message: `None of these media types are available: ${types.join(', ')}` })
}
