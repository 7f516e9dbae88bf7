import { z } from 'zod'
import { assetKinds } from '#shared/assets/rules.ts'
import { assetView } from '#shared/assets/schema.ts'
import { ledgerEntry } from '#shared/credits/schema.ts'
import { jobView } from '#shared/jobs/schema.ts'

const time = z.iso.datetime({ offset: true })

/** Who is signed in, as the sign-in service has it. `providers`: how they can sign in (`email`, `google` …). */
export const accountView = z.object({
  id: z.uuid(),
  email: z.string().nullable(),
  anonymous: z.boolean(),
  providers: z.array(z.string()),
  createdAt: time,
})
export type AccountView = z.infer<typeof accountView>

/** `used`: the operator lets an outside provider render what no GPU of the studio takes in time. */
export const providerConsent = z.object({ refused: z.boolean(), used: z.boolean() })

export const refuseProviderInput = z.strictObject({ refused: z.boolean() })
/** `running`: images that a provider has already begun, which end as they are. */
export const providerRefusal = z.object({ running: z.int() })

/** The word is typed by the person: nothing that merely repeats calls closes an account. */
export const closeInput = z.strictObject({ confirm: z.literal('delete') })
/** Open jobs that were ended, and credits that were given up. */
export const closeResult = z.object({ ended: z.int(), credits: z.int() })

/** An export is read part by part and page by page, so that it needs no memory that grows with it. */
export const exportParts = ['account', 'jobs', 'images', 'links', 'ledger'] as const
export const exportInput = z.strictObject({ part: z.enum(exportParts), cursor: z.string().max(64).nullish() })

const soldPack = z.object({
  id: z.uuid(),
  credits: z.int(),
  amountCents: z.int(),
  currency: z.string(),
  status: z.string(),
  at: time,
})

const page = { nextCursor: z.string().nullable() }
export const exportPage = z.discriminatedUnion('part', [
  z.object({
    part: z.literal('account'),
    items: z.array(
      accountView.extend({ balance: z.int(), held: z.int(), purchases: z.array(soldPack), exportedAt: time }),
    ),
    ...page,
  }),
  z.object({ part: z.literal('jobs'), items: z.array(jobView), ...page }),
  z.object({
    part: z.literal('images'),
    /** Every stored image, brought or made; the links live for an hour. */
    items: z.array(assetView.extend({ kind: z.enum(assetKinds), job: z.uuid().nullable(), createdAt: time })),
    ...page,
  }),
  z.object({
    part: z.literal('links'),
    /** Every link to an image that was ever made, with when it was revoked; the page is `/s/<slug>`. */
    items: z.array(
      z.object({
        id: z.uuid(),
        job: z.uuid(),
        slug: z.string(),
        recipe: z.boolean(),
        createdAt: time,
        revokedAt: time.nullable(),
      }),
    ),
    ...page,
  }),
  z.object({ part: z.literal('ledger'), items: z.array(ledgerEntry), ...page }),
])
export type ExportPage = z.infer<typeof exportPage>
