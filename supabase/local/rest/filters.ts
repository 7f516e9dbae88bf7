import { escapeIdentifier } from 'pg'

import { ApiError } from '../http.ts'
import type { Column } from './catalog.ts'
import { unparsable, unsupported } from './errors.ts'
import { parseParenthesised } from './lists.ts'

/** Collects the values of a statement; `add` answers the placeholder. Values never become part of the text. */
export type Values = { list: unknown[]; add: (value: unknown) => string }

/** What filters may name: the columns of a table or of a function's result. */
export type Source = { name: string; columns: readonly Column[] }

const operators: Readonly<Record<string, string>> = {
  eq: '=',
  neq: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  like: 'like',
  ilike: 'ilike',
  match: '~',
  imatch: '~*',
  cs: '@>',
  cd: '<@',
  ov: '&&',
  isdistinct: 'is distinct from',
}
const isValues: Readonly<Record<string, string>> = {
  null: 'is null',
  not_null: 'is not null',
  true: 'is true',
  false: 'is false',
  unknown: 'is unknown',
}
const foreignOperators = new Set(['fts', 'plfts', 'phfts', 'wfts', 'sl', 'sr', 'nxr', 'nxl', 'adj'])
/** Query parameters that are not filters, and those of PostgREST that are something we do not have. */
const notFilters = new Set(['select', 'order', 'limit', 'offset'])
const ofWrites = new Set(['columns', 'on_conflict'])
const logical = new Set(['and', 'or', 'not.and', 'not.or'])

/** Starts an empty list of values, or one with the given first. */
export function createValues(...first: unknown[]): Values {
  const list = [...first]
  return {
    list,
    add(value) {
      list.push(value)
      return `$${list.length}`
    },
  }
}

/** The `where` clause (with a leading space) of all filters in a query string; empty without filters. */
export function whereOf(query: Iterable<[string, string]>, source: Source, values: Values): string {
  const conditions: string[] = []
  for (const [key, value] of query) {
    if (!notFilters.has(key)) conditions.push(conditionOf(key, value, source, values))
  }
  return conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
}

/** A column's name as an SQL identifier, once the source is known to have it. */
export function columnOf(name: string, source: Source): string {
  if (name.includes('->')) throw unsupported(`JSON paths (${name})`)
  const bare = /^".+"$/s.test(name) ? name.slice(1, -1) : name
  if (!source.columns.some((column) => column.name === bare)) {
    if (name.includes('.')) throw unsupported(`filters and orders on embedded resources (${name})`)
    throw new ApiError(400, { code: '42703', message: `column ${source.name}.${bare} does not exist` })
  }
  return escapeIdentifier(bare)
}

function conditionOf(key: string, text: string, source: Source, values: Values): string {
  if (logical.has(key)) throw unsupported(`logical operators (${key})`)
  if (ofWrites.has(key)) throw unsupported(`the parameter ${key}`)
  const column = columnOf(key, source)
  const negated = text.startsWith('not.')
  const rest = negated ? text.slice('not.'.length) : text
  const dot = rest.indexOf('.')
  if (dot < 0) throw unparsable(`"failed to parse filter (${text})"`, `an operator is expected before "."`)
  const condition = compare(column, rest.slice(0, dot), rest.slice(dot + 1), values)
  return negated ? `not (${condition})` : condition
}

function compare(column: string, operator: string, operand: string, values: Values): string {
  if (operator === 'in') return `${column} = any(${values.add(parseParenthesised(operand))})`
  if (operator === 'is') {
    const test = Object.hasOwn(isValues, operand) ? isValues[operand] : undefined
    if (test === undefined)
      throw unparsable(`"failed to parse filter (is.${operand})"`, 'null, not_null, true, false or unknown is expected')
    return `${column} ${test}`
  }
  const sql = Object.hasOwn(operators, operator) ? operators[operator] : undefined
  if (sql === undefined) {
    const [bare = ''] = operator.split('(')
    const known = foreignOperators.has(bare) || Object.hasOwn(operators, bare)
    throw known
      ? unsupported(`the operator ${operator}`)
      : unparsable(`"failed to parse filter (${operator}.${operand})"`)
  }
  const value = operator === 'like' || operator === 'ilike' ? operand.replaceAll('*', '%') : operand
  return `${column} ${sql} ${values.add(value)}`
}
