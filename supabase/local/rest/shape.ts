import { escapeIdentifier } from 'pg'

import { ApiError } from '../http.ts'
import { unparsable, unsupported } from './errors.ts'
import { columnOf } from './filters.ts'
import type { Source } from './filters.ts'
import { splitList } from './lists.ts'

/** Most rows of one answer, whatever was asked for: the default of hosted projects (`max_rows`). */
export const maxRows = 1000

/** Which rows of the result. */
export type Page = { offset: number; limit: number }

/** The output columns of `select=`: names and `alias:name`; `*` when absent. */
export function selectionOf(select: string | null, source: Source): string {
  if (select === null || select === '*') return '*'
  const items = select.split(',').map((item) => item.trim())
  return items.map((item) => outputOf(item, select, source)).join(', ')
}

/** The `order by` clause (with a leading space) of `order=name.desc.nullslast,…`; empty when absent. */
export function orderOf(order: string | null, source: Source): string {
  if (order === null || order === '') return ''
  return ` order by ${splitList(order)
    .map((item) => orderItem(item, source))
    .join(', ')}`
}

/**
 * The page asked for by `limit`, `offset` and the Range header (`0-9`, unit items), whichever is narrower, and at
 * most `maxRows`.
 */
export function pageOf(query: URLSearchParams, range: string | null): Page {
  const offset = wholeNumber(query, 'offset') ?? 0
  const limit = wholeNumber(query, 'limit') ?? Infinity
  const match = /^(?:items=)?(\d+)-(\d*)$/.exec(range ?? '')
  if (match === null) return { offset, limit: Math.min(limit, maxRows) }
  const first = Math.max(offset, Number(match[1]))
  const end = Math.min(offset + limit, match[2] ? Number(match[2]) + 1 : Infinity)
  if (end < first) throw notSatisfiable('The range ends before it begins')
  return { offset: first, limit: Math.min(end - first, maxRows) }
}

/** The `limit` and `offset` clauses of a page; whole numbers only ever reach it. */
export function limitOf({ offset, limit }: Page): string {
  return ` limit ${limit}${offset === 0 ? '' : ` offset ${offset}`}`
}

/** 416: the rows asked for do not exist. */
export function notSatisfiable(details: string): ApiError {
  return new ApiError(416, { code: 'PGRST103', message: 'Requested range not satisfiable', details })
}

function outputOf(item: string, select: string, source: Source): string {
  if (item === '*') return '*'
  if (/[()!]/.test(item) || item.startsWith('...')) throw unsupported(`embedding and aggregates in select (${select})`)
  if (item.includes('->')) throw unsupported(`JSON paths in select (${item})`)
  if (item.includes('::')) throw unsupported(`casts in select (${item})`)
  const [alias, name, ...more] = item.includes(':') ? item.split(':') : [null, item]
  if (name === undefined || name === '' || alias === '' || more.length > 0) {
    throw unparsable(`"failed to parse select parameter (${select})"`)
  }
  const column = columnOf(name, source)
  return alias === null || alias === undefined ? column : `${column} as ${escapeIdentifier(alias)}`
}

function orderItem(item: string, source: Source): string {
  const match = /^(.+?)(?:\.(asc|desc))?(?:\.(nullsfirst|nullslast))?$/.exec(item)
  if (match === null) throw unparsable(`"failed to parse order (${item})"`)
  const [, name = '', direction = 'asc', nulls] = match
  const place = nulls === undefined ? '' : nulls === 'nullsfirst' ? ' nulls first' : ' nulls last'
  return `${columnOf(name, source)} ${direction}${place}`
}

function wholeNumber(query: URLSearchParams, name: string): number | null {
  const text = query.get(name)
  if (text === null) return null
  const value = Number(text)
  if (/^-\d+$/.test(text)) throw notSatisfiable(`${name} must not be negative`)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw unparsable(`"failed to parse ${name} (${text})"`)
  return value
}
