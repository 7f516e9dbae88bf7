import type { Database } from '#server/adapters/database/port.ts'
import type { WorkerRow } from '#server/adapters/database/rows.ts'

type Boxes = Pick<Database, 'workersOnline' | 'mayCome'>

/**
 * Those of the templates (`mode/variant`) that a box renders now or will sometime: one is online, can be rented, or was
 * here within a week. With no box online that is all of them: the job waits, and the count of boxes says so. Asks the
 * database only about those that no box online can run.
 */
export async function runnableOf(boxes: Boxes, templates: readonly string[]): Promise<ReadonlySet<string>> {
  const online = await boxes.workersOnline()
  const missing = online.length === 0 ? [] : templates.filter((name) => !online.some((box) => runs(box, name)))
  const coming = missing.length === 0 ? [] : await boxes.mayCome(missing)
  return new Set(templates.filter((name) => !missing.includes(name) || coming.includes(name)))
}

function runs({ capabilities }: WorkerRow, template: string): boolean {
  return capabilities.templates.includes(template)
}
