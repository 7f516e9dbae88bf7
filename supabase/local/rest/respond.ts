import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

import { ApiError } from '../http.ts'
import { notSatisfiable } from './shape.ts'

/** A result as Postgres made it: `body` is the JSON array of `count` rows, `total` what the filters match. */
export type Rows = { body: string; count: number; total: number | null }

/** Answers rows in the asked form; `object` refuses anything but exactly one row (PGRST116). */
export function answerRows(
  c: Context,
  rows: Rows,
  options: { form: 'rows' | 'object'; offset: number; status?: ContentfulStatusCode },
): Response {
  const { form, offset } = options
  const last = offset + rows.count - 1
  const range = `${rows.count === 0 ? '*' : `${offset}-${last}`}/${rows.total ?? '*'}`
  if (rows.total !== null && offset > rows.total) {
    throw notSatisfiable(`An offset of ${offset} was requested, but there are only ${rows.total} rows.`)
  }
  if (form === 'object' && rows.count !== 1) throw notSingular(rows.count)
  const partial = rows.total !== null && rows.count < rows.total
  const body = form === 'object' ? rows.body.slice(1, -1).trim() : rows.body
  return answerJson(c, body, { form, range, status: options.status ?? (partial ? 206 : 200) })
}

/** Answers a JSON text as it is. */
export function answerJson(
  c: Context,
  body: string,
  options: { form: 'rows' | 'object'; range?: string; status?: ContentfulStatusCode },
): Response {
  const media = options.form === 'object' ? 'application/vnd.pgrst.object+json' : 'application/json'
  const headers: Record<string, string> = { 'content-type': `${media}; charset=utf-8` }
  if (options.range !== undefined) headers['content-range'] = options.range
  const status = options.status ?? 200
  return c.req.method === 'HEAD' ? c.body(null, status, headers) : c.body(body, status, headers)
}

function notSingular(count: number): ApiError {
  return new ApiError(406, {
    code: 'PGRST116',
    message: 'Cannot coerce the result to a single JSON object',
    details: `The result contains ${count} rows`,
  })
}
