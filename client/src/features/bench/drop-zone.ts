import type { InputRole } from '#shared/jobs/rules.ts'
import type { Target } from './intake.ts'

/** Marks an element as the place of a slot, so that what is dropped on it goes there. */
export function dropZone({ role, instead }: Target): { 'data-role': InputRole; 'data-instead': string | undefined } {
  return { 'data-role': role, 'data-instead': instead ?? undefined }
}

/** The slot under a drop; null when it fell on none. */
export function dropTarget(element: EventTarget | null): Target | null {
  const zone = element instanceof Element ? element.closest<HTMLElement>('[data-role]') : null
  const role = zone?.dataset['role']
  return role ? { role: role as InputRole, instead: zone?.dataset['instead'] ?? null } : null
}
