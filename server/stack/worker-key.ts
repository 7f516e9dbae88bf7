import { createHash, randomBytes } from 'node:crypto'
import process from 'node:process'
import { command, connect } from './connect.ts'
import { lift, revoke } from './revoke-worker.ts'

const trusts = ['provider', 'community', 'datacenter', 'own']

/** `npm run worker:key -- <name> [US dollars an hour] [trust]`: makes a worker key, prints it once and stores only its hash. `--revoke <key name or instance id>` refuses its boxes at once, `--lift <key name or instance id>` ends a quarantine. */
await command(async () => {
  const [name, ...rest] = process.argv.slice(2)
  if (name === '--revoke' || name === '--lift') {
    const [subject] = rest
    if (subject === undefined || rest.length > 1)
      throw new Error(`usage: npm run worker:key -- ${name} <key name or instance id>`)
    const { supabase } = await connect()
    const change = name === '--lift' ? lift : revoke
    process.stdout.write(`${await change(supabase, subject)}\n`)
    return
  }
  const trust = rest.find((word) => trusts.includes(word)) ?? 'own'
  const [rate, ...unknown] = rest.filter((word) => !trusts.includes(word))
  if (!name || unknown.length > 0 || (rate !== undefined && !/^\d+(\.\d{1,4})?$/.test(rate)))
    throw new Error(
      `usage: npm run worker:key -- <name> [US dollars an hour that a box of this key costs] [${trusts.join('|')}]`,
    )
  const { supabase } = await connect()
  const key = `fwk_${randomBytes(24).toString('base64url')}`
  const { data: id, error } = await supabase.rpc('create_worker_key', {
    p_name: name,
    p_key_hash: createHash('sha256').update(key).digest('hex'),
    p_pool: 'default',
    p_trust: trust,
  })
  if (error) throw new Error(`The key was not made: ${error.message}`)
  if (rate !== undefined) {
    const rated = await supabase.rpc('set_key_rate', { p_key: id, p_usd_per_hour: Number(rate) })
    if (rated.error) throw new Error(`The rate was not set: ${rated.error.message}`)
  }
  process.stdout.write(`${key}\nShown once. Set it as FORGE_WORKER_KEY on the box.\n`)
})
