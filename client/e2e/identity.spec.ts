import { readFile } from 'node:fs/promises'
import { createClient } from '@supabase/supabase-js'
import type { Page } from '@playwright/test'
import { allowError, expect, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'
import { stackUnderTest } from './under-test.ts'

function database() {
  const { supabaseUrl, secretKey } = stackUnderTest()
  return createClient(supabaseUrl, secretKey, { auth: { persistSession: false, autoRefreshToken: false } })
}

/** The newest mail to an address, read from the inbox page as a person would. */
async function mailFor(page: Page, email: string): Promise<{ code: string; link: string }> {
  const inbox = await page.context().newPage()
  await inbox.goto(`${stackUnderTest().supabaseUrl}/inbox`)
  const mail = inbox.getByRole('article').filter({ hasText: email }).first()
  const code = (await mail.getByRole('code').textContent()) ?? ''
  const link = (await mail.getByRole('link').getAttribute('href')) ?? ''
  await inbox.close()
  return { code, link }
}

/** As a project with Google switched on, whose Google account belongs to somebody else here. */
async function offerGoogle(page: Page): Promise<() => string[]> {
  const asked: string[] = []
  const { supabaseUrl, url } = stackUnderTest()
  await page.route(`${supabaseUrl}/auth/v1/settings`, (route) =>
    route.fulfill({ json: { external: { google: true } } }),
  )
  await page.route(`${supabaseUrl}/auth/v1/user/identities/authorize?*`, (route) => {
    const { pathname, searchParams } = new URL(route.request().url())
    asked.push(`${pathname} ${searchParams.get('provider')} ${searchParams.get('redirect_to')}`)
    const refused = 'error=server_error&error_code=identity_already_exists&error_description=linked'
    return route.fulfill({ json: { url: `${url}/studio?from=google#${refused}` } })
  })
  return () => asked
}

/** The user id behind an address, null when there is none. */
async function userOf(email: string): Promise<string | null> {
  const { data, error } = await database().auth.admin.listUsers({ perPage: 1_000 })
  if (error) throw error
  return data.users.find((user) => user.email === email)?.id ?? null
}

async function enterByCode(page: Page, email: string): Promise<void> {
  const sheet = page.getByRole('dialog')
  await sheet.getByRole('button', { name: 'Use a code instead' }).click()
  await sheet.getByLabel('E-mail').fill(email)
  await sheet.getByRole('button', { name: 'Send code' }).click()
  await expect(sheet.getByText(`We sent a code to ${email}`)).toBeVisible()
  await sheet.getByLabel('Code').fill((await mailFor(page, email)).code)
  await sheet.getByRole('button', { name: 'Continue' }).click()
}

/** Rows that hold something of a person's, by table; objects of theirs count too. */
async function leftOf(owner: string, keys: readonly string[]): Promise<string[]> {
  const db = database()
  const left: string[] = []
  for (const table of ['assets', 'uploads', 'shares', 'loras', 'queue_lanes', 'stripe_customers']) {
    const { count, error } = await db.from(table).select('*', { count: 'exact', head: true }).eq('owner', owner)
    if (error) throw new Error(`${table}: ${error.message}`)
    if (count !== 0) left.push(table)
  }
  const jobs = await db.from('jobs').select('id').eq('owner', owner)
  const ids = (jobs.data ?? []).map(({ id }) => String(id))
  const specs = await db.from('job_specs').select('job_id').in('job_id', ids)
  if (specs.data?.length !== 0) left.push('job_specs')
  for (const key of keys) if ((await db.storage.from('forge').download(key)).error === null) left.push(key)
  return left
}

test('a guest becomes an account by a code, signs out everywhere, and deletes it all', async ({ page, browser }) => {
  const email = `code-${Date.now()}@forge.test`
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await generate(page).click()
  await expectDone(page)

  await page.getByRole('button', { name: 'Sign in' }).click()
  await enterByCode(page, email)
  await expect(page.getByText(/Account created/).first()).toBeVisible()
  await page.getByRole('link', { name: 'Gallery' }).click()
  await expect(page.getByRole('main').getByRole('img')).toHaveCount(1)
  const owner = (await userOf(email)) ?? ''
  const stored = await database().from('assets').select('storage_key').eq('owner', owner)
  const keys = (stored.data ?? []).map((row) => String(row.storage_key))
  expect(keys.length).toBeGreaterThan(1)

  const elsewhere = await browser.newContext({ baseURL: stackUnderTest().url })
  const other = await elsewhere.newPage()
  await other.goto('/')
  await other.getByRole('button', { name: 'Sign in' }).click()
  await enterByCode(other, email)
  await expect(other.getByText('Signed in.').first()).toBeVisible()

  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('link', { name: 'Account' }).click()
  const file = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download my data' }).click()
  const data = JSON.parse(await readFile(await (await file).path(), 'utf8'))
  expect(data).toMatchObject({ account: [{ email }], jobs: [{ status: 'succeeded' }], ledger: [] })
  expect(data.images.map((image: { id: string }) => image.id)).toHaveLength(keys.length)
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await expect(page.getByText(/Signed out everywhere/).first()).toBeVisible()
  const sessions = await elsewhere.storageState()
  const held = sessions.origins.flatMap((origin) => origin.localStorage).find(({ name }) => name === 'forge-auth')
  const refresh: unknown = JSON.parse(held?.value ?? '{}').refresh_token
  const answer = await fetch(`${stackUnderTest().supabaseUrl}/auth/v1/token?grant_type=refresh_token`, {
    method: 'POST',
    headers: { apikey: stackUnderTest().secretKey, 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token: refresh }),
  })
  expect(answer.status).toBe(400)
  await elsewhere.close()

  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
  await enterByCode(page, email)
  await page.getByLabel(/Type “delete”/).fill('delete')
  await page.getByRole('button', { name: 'Delete my account' }).click()
  await expect(page.getByText('Your account is deleted.').first()).toBeVisible()

  await expect.poll(() => userOf(email)).toBeNull()
  await expect.poll(() => leftOf(owner, keys)).toEqual([])
  expect((await database().rpc('audit_books')).data).toEqual([])
  await expect(page.getByRole('button', { name: 'Sign in' }).first()).toBeVisible()
})

test(
  'a guest who follows the mailed link of an account that exists loses nothing, not even what is still in work',
  { tag: '@long' },
  async ({ page }) => {
    const email = `known-${Date.now()}@forge.test`
    await database().auth.admin.createUser({ email, email_confirm: true })
    await page.goto('/')
    await putOnBench(page, await makePhoto())
    await page.getByRole('radio', { name: '2', exact: true }).check()
    await generate(page).click()
    await expect(page.getByRole('button', { name: /^Queue another/ })).toBeEnabled()

    await page.getByRole('button', { name: 'Sign in' }).click()
    // The address is taken, which the browser notes before the code goes to its account.
    allowError(/status of 422/)
    // Images in work move when they are done; until then the server says that they are not.
    allowError(/status of 429/)
    const sheet = page.getByRole('dialog')
    await sheet.getByRole('button', { name: 'Use a code instead' }).click()
    await sheet.getByLabel('E-mail').fill(email)
    await sheet.getByRole('button', { name: 'Send code' }).click()
    await expect(sheet.getByLabel('Code')).toBeFocused()
    await page.goto((await mailFor(page, email)).link)

    await expect(page.getByText(/2 images moved to your account/).first()).toBeVisible({ timeout: 150_000 })
    await expect(page.getByText('photo.jpg')).toBeVisible()
    await page.getByRole('link', { name: 'Gallery' }).click()
    await expect(page.getByRole('main').getByRole('img')).toHaveCount(2)
  },
)

test(
  'a provider that refuses leaves the guest and the bench as they were; a forgotten password is chosen anew',
  { tag: '@long' },
  async ({ page }) => {
    const email = `lost-${Date.now()}@forge.test`
    await database().auth.admin.createUser({ email, password: 'the old one 1', email_confirm: true })
    await page.goto('/')
    await putOnBench(page, await makePhoto())
    await generate(page).click()
    await expectDone(page)
    const asked = await offerGoogle(page)
    await page.getByRole('button', { name: 'Sign in' }).click()
    const sheet = page.getByRole('dialog')
    await sheet.getByRole('button', { name: 'Continue with Google' }).click()
    await expect(page.getByText(/That account is already used here/).first()).toBeVisible()
    await expect(sheet.getByRole('button', { name: 'Continue with Google' })).toBeVisible()
    expect(asked()).toEqual([`/auth/v1/user/identities/authorize google ${stackUnderTest().url}/studio`])
    await expect(page.getByText('photo.jpg')).toBeVisible()
    expect(new URL(page.url()).hash).toBe('')

    await sheet.getByRole('button', { name: 'Forgot the password?' }).click()
    await sheet.getByLabel('E-mail').fill(email)
    await sheet.getByRole('button', { name: 'Send code' }).click()
    await expect(sheet.getByLabel('Code')).toBeVisible()
    await sheet.getByLabel('Code').fill((await mailFor(page, email)).code)
    await sheet.getByRole('button', { name: 'Continue' }).click()
    await sheet.getByLabel('New password').fill('a better one 2')
    await sheet.getByRole('button', { name: 'Save password' }).click()

    await expect(page.getByText(/1 image moved to your account/).first()).toBeVisible()
  },
)
