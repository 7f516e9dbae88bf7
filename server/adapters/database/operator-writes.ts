import type { Supabase } from '#server/adapters/supabase.ts'
import { z } from 'zod'
import { call } from './calls.ts'
import type { Database } from './port.ts'
import { alertRow, controlsRow } from './rows.ts'

type OperatorWrites = Pick<Database, 'spendRate' | 'takeAlert' | 'alertTold' | 'changeSettings'>

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
    takeAlert: () => call(client, 'take_alert', {}, alertRow.nullable()),
    async alertTold(id) {
      await call(client, 'alert_told', { p_id: id }, z.unknown())
    },
    changeSettings: (actor, changes) =>
      call(client, 'change_settings', { p_actor: actor, p_changes: changes }, controlsRow),
  }
}
