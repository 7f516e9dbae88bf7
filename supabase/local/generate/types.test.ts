import { expect, test } from 'vitest'

import type { DbType, Description } from './describe.ts'
import { typesOf } from './types.ts'

const base = (oid: number, name: string): DbType => ({
  oid,
  name,
  schema: 'pg_catalog',
  kind: 'base',
  element: 0,
  labels: [],
})
const types: DbType[] = [
  base(1, 'int4'),
  base(2, 'text'),
  base(3, 'jsonb'),
  { ...base(4, '_int4'), kind: 'array', element: 1 },
  { ...base(5, 'mood'), schema: 'public', kind: 'enum', labels: ['fine', "can't"] },
  { ...base(6, '_mood'), schema: 'public', kind: 'array', element: 5 },
  { ...base(7, 'jobs'), schema: 'public', kind: 'composite' },
  base(8, 'void'),
  base(9, 'tsvector'),
]
const column = (name: string, type: number, flags = {}): Description['relations'][number]['columns'][number] => ({
  name,
  type,
  nullable: false,
  hasDefault: false,
  generated: false,
  ...flags,
})
const text = typesOf({
  types,
  relations: [
    {
      name: 'jobs',
      rowType: 7,
      kind: 'table',
      columns: [
        column('id', 1, { hasDefault: true, generated: true }),
        column('note', 2, { nullable: true }),
        column('odd name', 3),
        column('moods', 6, { hasDefault: true }),
      ],
      relationships: [],
    },
  ],
  routines: [
    { name: 'ping', returns: 8, set: false, args: [], out: [] },
    {
      name: 'list_jobs',
      returns: 7,
      set: true,
      args: [
        { name: 'p_ids', type: 4, optional: false, defaultsToNull: false },
        { name: 'p_mood', type: 5, optional: true, defaultsToNull: true },
      ],
      out: [],
    },
    { name: 'table_of', returns: 1, set: true, args: [], out: [{ name: 'x', type: 9 }] },
  ],
})
const flat = text.replaceAll(/\s+/g, ' ')

test('rows, inserts and updates say what may be missing or null', () => {
  expect(flat).toContain(
    `Row: { id: number note: string | null 'odd name': Json moods: Database['public']['Enums']['mood'][] }`,
  )
  expect(flat).toContain(`Insert: { id?: never note?: string | null 'odd name': Json moods?: `)
  expect(flat).toContain(`Update: { id?: never note?: string | null 'odd name'?: Json moods?: `)
})

test('functions name their arguments and what they answer', () => {
  expect(flat).toContain('ping: { Args: never Returns: undefined }')
  expect(flat).toContain(
    `list_jobs: { Args: { p_ids: number[] p_mood?: Database['public']['Enums']['mood'] | null } Returns: Database['public']['Tables']['jobs']['Row'][] }`,
  )
  expect(flat).toContain('table_of: { Args: never Returns: { x: unknown }[] }')
})

test('enums keep their order and quote their labels', () => {
  expect(flat).toContain(`mood: 'fine' | 'can\\'t'`)
})

test('empty sections hold nothing', () => {
  expect(flat).toContain('Views: { [_ in never]: never }')
})
