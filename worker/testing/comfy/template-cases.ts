import type { InputRole } from '#shared/jobs/rules.ts'
import type { CatalogTemplate } from '#worker/boot/load-catalog.ts'

/** One job of the table: a template with so many images of each role, both sliders at one end. */
export type TemplateCase = {
  /** `mode/variant` */
  key: string
  template: CatalogTemplate
  roles: readonly InputRole[]
  slider: 0 | 100
}

/** Every number of images that a role can have: its required slots at least, all of its slots at most. */
function countsOf({ images }: CatalogTemplate['variant'], role: InputRole): number[] {
  const slots = images.filter((slot) => slot.role === role)
  const required = slots.filter((slot) => !slot.absent).length
  return Array.from({ length: slots.length - required + 1 }, (_, extra) => required + extra)
}

/** Every combination of image counts, as lists of roles in the order of the slots. */
function roleLists(variant: CatalogTemplate['variant']): InputRole[][] {
  const roles = [...new Set(variant.images.map((slot) => slot.role))]
  return roles.reduce<InputRole[][]>(
    (lists, role) =>
      lists.flatMap((list) => countsOf(variant, role).map((count) => [...list, ...Array<InputRole>(count).fill(role)])),
    [[]],
  )
}

/** Every template at both ends of the sliders and with every number of images that it takes. */
export function templateCases(catalog: ReadonlyMap<string, CatalogTemplate>): TemplateCase[] {
  return [...catalog].flatMap(([key, template]) =>
    roleLists(template.variant).flatMap((roles) =>
      ([0, 100] as const).map((slider) => ({ key, template, roles, slider })),
    ),
  )
}

/** `base + 2 style`; `–` for none. */
export function nameRoles(roles: readonly InputRole[]): string {
  const counts = new Map<InputRole, number>()
  for (const role of roles) counts.set(role, (counts.get(role) ?? 0) + 1)
  return [...counts].map(([role, count]) => (count === 1 ? role : `${count} ${role}`)).join(' + ') || '–'
}
