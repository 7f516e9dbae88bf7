import type { SupabaseClient } from '@supabase/supabase-js'
import { z } from 'zod'

const keyRows = z.array(z.object({ id: z.uuid() }))

/** Revokes the box with this instance id, else every key of this name. Answers one sentence. */
export async function revoke(supabase: SupabaseClient, subject: string): Promise<string> {
  if (z.uuid().safeParse(subject).success) {
    const { data, error } = await supabase.rpc('revoke_worker', { p_actor: 'operator', p_worker: subject })
    if (error?.message === 'NOT_FOUND') throw new Error(`No box has the id ${subject}.`)
    if (error) throw new Error(`The box was not revoked: ${error.message}`)
    return `Box ${subject} is revoked; ${z.int().parse(data)} job(s) went back to the queue.`
  }
  const found = await supabase.from('worker_keys').select('id').eq('name', subject).is('revoked_at', null)
  if (found.error) throw new Error(`The keys could not be read: ${found.error.message}`)
  const keys = keyRows.parse(found.data)
  if (keys.length === 0) throw new Error(`No key that is in force is called ${subject}.`)
  for (const { id } of keys) {
    const { error } = await supabase.rpc('revoke_worker_key', { p_id: id })
    if (error) throw new Error(`The key was not revoked: ${error.message}`)
  }
  return `${keys.length} key(s) called ${subject} are revoked; what their boxes ran went back to the queue.`
}

/** Gives a quarantined box work again, else every quarantined key of this name with its boxes. */
export async function lift(supabase: SupabaseClient, subject: string): Promise<string> {
  return z.uuid().safeParse(subject).success ? liftBox(supabase, subject) : liftKeys(supabase, subject)
}

async function liftKeys(supabase: SupabaseClient, name: string): Promise<string> {
  const found = await supabase.from('worker_keys').select('id').eq('name', name).not('quarantined_at', 'is', null)
  if (found.error) throw new Error(`The keys could not be read: ${found.error.message}`)
  const keys = keyRows.parse(found.data)
  if (keys.length === 0) throw new Error(`No key called ${name} is quarantined.`)
  for (const { id } of keys) {
    const { error } = await supabase.rpc('lift_key_quarantine', { p_actor: 'operator', p_key: id })
    if (error) throw new Error(`Nothing was lifted: ${error.message}`)
  }
  return `${keys.length} key(s) called ${name} and their boxes get work again.`
}

async function liftBox(supabase: SupabaseClient, worker: string): Promise<string> {
  const { error } = await supabase.rpc('lift_quarantine', { p_actor: 'operator', p_worker: worker })
  if (error?.message === 'NOT_FOUND') throw new Error(`No box ${worker} is quarantined.`)
  if (error) throw new Error(`Nothing was lifted: ${error.message}`)
  return `Box ${worker} gets work again.`
}
