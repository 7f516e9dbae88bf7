import process from 'node:process'
import { weighClient } from './weigh.ts'

/** Packages that must reach no chunk at all: the schemas are shared with the server, their runtime is not. */
const forbidden = [
  '/node_modules/zod/v4/classic/',
  '/node_modules/@supabase/supabase-js/',
  '/node_modules/@trpc/server/dist/adapters',
]

const { initial, parts, late, sources } = await weighClient()
const problems: string[] = []
for (const { title, bytes, budget, files } of [...initial, ...parts, ...late]) {
  process.stdout.write(`${title.padEnd(44)} ${(bytes / 1024).toFixed(1).padStart(7)} KB of ${budget / 1024} KB\n`)
  if (bytes > budget) problems.push(`${title} is ${((bytes - budget) / 1024).toFixed(1)} KB over its budget`)
  // A part whose files have moved would weigh nothing for ever.
  if (files.length === 0) problems.push(`${title}: nothing built belongs to it; build first, or say where it lies now`)
}
for (const [name, found] of sources) {
  const reached = forbidden.filter((part) => found.some((source) => source.includes(part)))
  problems.push(...reached.map((part) => `${name} holds ${part}`))
}
for (const problem of problems) process.stderr.write(`${problem}\n`)
process.exit(problems.length === 0 ? 0 : 1)
