import { readFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { createClient } from '@supabase/supabase-js'
import { readStackEnv } from '#server/stack/env.ts'
import { readState } from '#server/stack/state.ts'
import { secretsOf } from '../secrets.ts'
import { seedGallery } from '../seed-gallery.ts'

/**
 * Fills the gallery of an account of the local stack that runs:
 * `node client/e2e/bench/seed-gallery.ts --count 10000 --email artist@forge.test`.
 */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, email: { type: 'string', default: 'artist@forge.test' } },
})
const dataDir = readStackEnv().FORGE_DATA
const state = await readState(dataDir)
if (!state) throw new Error('No local stack runs. Start it with npm start.')
const { secretKey = '', databasePassword = '' } = await secretsOf(dataDir)
const admin = createClient(state.supabaseUrl, secretKey, { auth: { persistSession: false } }).auth.admin
const { data } = await admin.listUsers({ perPage: 1_000 })
const user = data.users.find(({ email }) => email === values.email)
if (!user) throw new Error(`There is no account ${values.email}`)
const started = performance.now()
const target = { dataDir, supabaseUrl: state.supabaseUrl, secretKey, databasePassword }
const ids = await seedGallery(target, { owner: user.id, count: Number(values.count) })
const { password } = JSON.parse(await readFile(path.join(dataDir, 'demo.json'), 'utf8')) as { password: string }
process.stdout.write(
  `${ids.length} images for ${values.email} (password ${password}) in ${Math.round(performance.now() - started)} ms\n`,
)
