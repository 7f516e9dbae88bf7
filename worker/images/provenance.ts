import { provenanceXmp as packetOf } from '#shared/assets/provenance.ts'

/** The XMP packet of every file that the worker makes: that it is synthetic, and when no GPU made it, that too. */
export function provenanceXmp(standIn: boolean): string {
  return packetOf({ standIn, recipe: null })
}
