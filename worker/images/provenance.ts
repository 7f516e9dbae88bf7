import { provenanceXmp as packetOf } from '#shared/assets/provenance.ts'

/**
 * The XMP packet of every file that the worker makes: that it is synthetic, and when no GPU made it, or it is smaller than
 * was asked for, that too.
 */
export function provenanceXmp(standIn: boolean, smaller = false): string {
  return packetOf({ standIn, smaller, recipe: null })
}
