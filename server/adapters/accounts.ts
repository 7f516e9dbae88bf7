import { z } from 'zod'
import type { Supabase } from '#server/adapters/supabase.ts'
import type { AccountView } from '#shared/account/schema.ts'
import { ForgeError } from '#shared/errors.ts'
import { call, columnsOf, rows } from './database/calls.ts'
import { assetRow } from './database/rows.ts'

const time = z.iso.datetime({ offset: true })

const storedImage = assetRow.extend({ created_at: time })
export type StoredImage = z.infer<typeof storedImage>

const soldRow = z.object({
  id: z.uuid(),
  credits: z.int(),
  amount_cents: z.int(),
  currency: z.string(),
  status: z.string(),
  created_at: time,
})
export type SoldRow = z.infer<typeof soldRow>

const linkRow = z.object({
  id: z.uuid(),
  slug: z.string(),
  job_id: z.uuid(),
  recipe: z.boolean(),
  created_at: z.iso.datetime({ offset: true }),
  revoked_at: z.iso.datetime({ offset: true }).nullable(),
})
export type LinkRow = z.infer<typeof linkRow>

const erasures = z.object({ objects: z.array(z.string()), users: z.array(z.uuid()) })
export type Erasures = z.infer<typeof erasures>

const closed = z.object({ ended: z.int(), credits: z.int() })

/** An account as a whole: who it is, what is kept of it, and its end. */
export type Accounts = {
  /** Throws UNAUTHENTICATED when the user is gone while a token of theirs lives. */
  read: (user: string) => Promise<AccountView>
  isSessionLive: (session: string) => Promise<boolean>
  /** Ends and erases all of it in one transaction, for good; once more is harmless. */
  close: (owner: string) => Promise<z.infer<typeof closed>>
  /** Objects and users of closed accounts that are still there; each named again until `endErasures`. */
  takeErasures: (limit: number) => Promise<Erasures>
  endErasures: (done: Erasures) => Promise<void>
  /** Has the sign-in service forget the user, sessions included; one it does not know is no error. */
  forget: (user: string) => Promise<void>
  /** Stored images of the owner by id, downwards, below `before`. */
  images: (owner: string, before: string | null, limit: number) => Promise<StoredImage[]>
  /** Links to images of the owner, also revoked ones, by id, downwards, below `before`. */
  links: (owner: string, before: string | null, limit: number) => Promise<LinkRow[]>
  purchases: (owner: string) => Promise<SoldRow[]>
}

/** Accounts through supabase-js with the secret key. */
export function createAccounts(client: Supabase): Accounts {
  const { admin } = client.auth
  return {
    async read(id) {
      const { data, error } = await admin.getUserById(id)
      if (error?.status === 404) throw new ForgeError('UNAUTHENTICATED')
      if (error !== null) throw unavailable(error)
      const { email, is_anonymous: anonymous = false, identities, created_at: createdAt } = data.user
      const providers = [...new Set((identities ?? []).map(({ provider }) => provider))]
      return { id, email: email || null, anonymous, providers, createdAt }
    },
    isSessionLive: (session) => call(client, 'is_session_live', { p_session: session }, z.boolean()),
    close: (owner) => call(client, 'close_account', { p_owner: owner }, closed),
    takeErasures: (limit) => call(client, 'take_erasures', { p_limit: limit }, erasures),
    async endErasures({ objects, users }) {
      await call(client, 'end_erasures', { p_objects: objects, p_users: users }, z.unknown())
    },
    async forget(id) {
      const { error } = await admin.deleteUser(id)
      if (error !== null && error.status !== 404) throw unavailable(error)
    },
    images(owner, before, limit) {
      const base = client.from('assets').select(columnsOf(storedImage)).eq('owner', owner).is('deleted_at', null)
      const older = before === null ? base : base.lt('id', before)
      return rows('assets', older.order('id', { ascending: false }).limit(limit), storedImage)
    },
    links(owner, before, limit) {
      const base = client.from('shares').select(columnsOf(linkRow)).eq('owner', owner)
      const older = before === null ? base : base.lt('id', before)
      return rows('shares', older.order('id', { ascending: false }).limit(limit), linkRow)
    },
    purchases(owner) {
      const query = client.from('purchases').select(columnsOf(soldRow)).eq('owner', owner)
      return rows('purchases', query.order('created_at', { ascending: false }).limit(1_000), soldRow)
    },
  }
}

function unavailable(error: { message: string }): ForgeError {
  return new ForgeError('UNAVAILABLE', {}, { cause: new Error(`auth: ${error.message}`) })
}
