import type { PoolClient } from 'pg'
import { z } from 'zod'

import type { Rows } from './respond.ts'
import { whereOf } from './filters.ts'
import type { Source, Values } from './filters.ts'
import { limitOf, orderOf, selectionOf } from './shape.ts'
import type { Page } from './shape.ts'

const rowsSchema = z.tuple([z.object({ body: z.string(), count: z.int(), total: z.int().nullable() })])

/** One statement that answers a page of a source as JSON text, and the total when asked for. */
export type ReadPlan = {
  source: Source
  /** SQL after `from`, built from catalogue names only. */
  from: string
  /** SQL of a leading `with`, when the source must be evaluated once. */
  prelude?: string
  /** The parameters that are filters, and `select` and `order`. */
  query: URLSearchParams
  filters: Iterable<[string, string]>
  page: Page
  count: boolean
  values: Values
  /** The rows are plain values in a column `r`, not objects. */
  plain?: boolean
}

/** Runs a plan. Postgres builds the whole JSON text, so that no number or timestamp passes through JavaScript. */
export async function readRows(client: PoolClient, plan: ReadPlan): Promise<Rows> {
  const { rows } = await client.query(statementOf(plan), plan.values.list)
  return rowsSchema.parse(rows)[0]
}

/** The SQL of a plan. */
export function statementOf(plan: ReadPlan): string {
  const { source, from, query } = plan
  const where = whereOf(plan.filters, source, plan.values)
  const selection = selectionOf(query.get('select'), source)
  const order = orderOf(query.get('order'), source)
  const prelude = plan.prelude === undefined ? '' : `${plan.prelude}, `
  const total = plan.count ? `(select count(*)::int from ${from}${where})` : 'null::int'
  return (
    `with ${prelude}pgrst_page as (select ${selection} from ${from}${where}${order}${limitOf(plan.page)}) ` +
    `select coalesce(json_agg(${plan.plain === true ? 'pgrst_page.r' : 'pgrst_page'}), '[]')::text as body, count(*)::int as count, ${total} as total from pgrst_page`
  )
}
