import type { Supabase } from '#server/adapters/supabase.ts'
import { z } from 'zod'
import { call } from './calls.ts'
import { fleetReply } from './fleet-reply.ts'
import type { Database } from './port.ts'
import { alertRow, controlsRow } from './rows.ts'

type OperatorWrites = Pick<
  Database,
  | 'spendRate'
  | 'takeAlert'
  | 'alertTold'
  | 'changeSettings'
  | 'noteRefusals'
  | 'fleet'
  | 'revokeWorker'
  | 'revokeKey'
  | 'liftQuarantine'
  | 'liftKeyQuarantine'
>

/** The functions that keep the house: bursts, alerts, the operator's switches. */
export function createOperatorWrites(client: Supabase): OperatorWrites {
  return {
    spendRate: (calls, windowS) =>
      call(
        client,
        'spend_rate',
        { p_keys: calls.map(({ key }) => key), p_caps: calls.map(({ cap }) => cap), p_window_s: windowS },
        z.array(z.int()),
      ),
    async noteRefusals(notes) {
      await call(client, 'note_refusals', { p_notes: [...notes] }, z.unknown())
    },
    fleet: () => call(client, 'fleet_view', {}, fleetReply),
    revokeWorker: (actor, worker) => call(client, 'revoke_worker', { p_actor: actor, p_worker: worker }, z.int()),
    async revokeKey(key) {
      await call(client, 'revoke_worker_key', { p_id: key }, z.unknown())
    },
    async liftQuarantine(actor, worker) {
      await call(client, 'lift_quarantine', { p_actor: actor, p_worker: worker }, z.unknown())
    },
    async liftKeyQuarantine(actor, key) {
      await call(client, 'lift_key_quarantine', { p_actor: actor, p_key: key }, z.unknown())
    },
    takeAlert: () => call(client, 'take_alert', {}, alertRow.nullable()),
    async alertTold(id) {
      await call(client, 'alert_told', { p_id: id }, z.unknown())
    },
    changeSettings: (actor, changes) =>
      call(client, 'change_settings', { p_actor: actor, p_changes: changes }, controlsRow),
  }
}
