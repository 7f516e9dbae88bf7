import type { WorkerRow } from '#server/adapters/database/rows.ts'
import type { Template } from '#server/adapters/workflows.ts'
import { nameOf } from './choose-template.ts'

/**
 * False while boxes are online and none of them can run the template. With no box online it is true: the job waits, and
 * the count of boxes says so.
 */
export function isRunnable(template: Template, online: readonly WorkerRow[]): boolean {
  const name = nameOf(template)
  return online.length === 0 || online.some(({ capabilities }) => capabilities.templates.includes(name))
}
