import { randomUUID } from 'node:crypto'
import { createClient } from '@supabase/supabase-js'
import type { Page } from '@playwright/test'
import { seedGallery } from './seed-gallery.ts'
import { stackUnderTest } from './under-test.ts'

const password = 'correct horse battery'

/** Signs a new artist in whose gallery holds `count` images called `picture 1` (the newest) up to `picture <count>`. */
export async function openFilledGallery(page: Page, count: number, stack = stackUnderTest()): Promise<string[]> {
  const { url, dataDir, supabaseUrl, secretKey, secrets } = stack
  const { admin } = createClient(supabaseUrl, secretKey, { auth: { persistSession: false } }).auth
  const email = `tidy-${randomUUID().slice(0, 8)}@forge.test`
  const { data, error } = await admin.createUser({ email, password, email_confirm: true })
  if (error) throw error
  const target = { dataDir, supabaseUrl, secretKey, databasePassword: secrets['databasePassword'] ?? '' }
  const ids = await seedGallery(target, { owner: data.user.id, count, prompts: ['picture {n}', 'picture {n}, in ink'] })
  await page.goto(`${url}/gallery`)
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
  const sheet = page.getByRole('dialog')
  await sheet.getByLabel('E-mail').fill(email)
  await sheet.getByLabel('Password').fill(password)
  await sheet.getByRole('button', { name: 'Sign in', exact: true }).click()
  return ids
}
