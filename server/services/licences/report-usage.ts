import type { Deps } from '#server/deps.ts'

export type UsageDeps = Pick<Deps, 'database' | 'catalogue' | 'usage' | 'log'>

/**
 * Tells what is due about the models whose owner counts licensed images; nothing without a key. SQL counts each image
 * once and hands out each report to one caller; what failed comes back later and is an alert until it is told.
 */
export async function reportUsage({ database, catalogue, usage, log }: UsageDeps): Promise<void> {
  if (usage === null) return
  const slugs = new Map(
    catalogue.models.flatMap(({ key, usageSlug }) => (usageSlug === null ? [] : [[key, usageSlug] as const])),
  )
  for (let turn = 0; turn < slugs.size; turn += 1) {
    const report = await database.takeUsageReport([...slugs.keys()])
    const slug = report === null ? undefined : slugs.get(report.model_key)
    if (report === null || slug === undefined) return
    const { outcome, problem } = await usage.tell(slug, report.uses)
    await database.endUsageReport(report.id, outcome, problem)
    const facts = { report: report.id, slug, images: report.uses }
    if (outcome === 'told') log.info(facts, 'licensed use told')
    else log.error({ ...facts, outcome, problem }, 'licensed use not told')
  }
}
