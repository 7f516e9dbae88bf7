import process from 'node:process'
import { command, connect } from './connect.ts'

/** `npm run audit`: every row that breaks the books, or one line that says they balance. */
await command(async () => {
  const { supabase } = await connect()
  const { data, error } = await supabase.rpc('audit_books')
  if (error) throw new Error(`The books could not be read: ${error.message}`)
  const offences: unknown[] = Array.isArray(data) ? data : []
  for (const offence of offences) process.stdout.write(`${JSON.stringify(offence)}\n`)
  if (offences.length > 0) throw new Error(`${offences.length} offence(s) in the books; the first is above.`)
  process.stdout.write(
    'The books balance: every balance is the sum of its ledger, every hold is open, captured or released once.\n',
  )
})
