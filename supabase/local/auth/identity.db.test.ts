import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cloneDatabase } from '#supabase/tests/database.ts'
import type { TestDatabase } from '#supabase/tests/database.ts'
import { startTestApi } from './testing/api.ts'
import type { TestApi } from './testing/api.ts'

let db: TestDatabase
let api: TestApi
beforeAll(async () => {
  db = await cloneDatabase()
  api = await startTestApi(db)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
})

let counter = 0
function newEmail(): string {
  counter += 1
  return `person-${counter}@example.test`
}

/** Cloudflare's siteverify as far as it matters: one good token, which works once. */
async function startVerifier() {
  const seen: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const form = new URLSearchParams(body)
      const token = form.get('response') ?? ''
      const success = form.get('secret') === 'the secret' && token.startsWith('good') && !seen.includes(token)
      seen.push(token)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ success, 'error-codes': success ? [] : ['invalid-input-response'] }))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/siteverify`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** Of the inbox page, asked for with exactly these headers; `fetch` would set its own. */
function statusOf(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((done, fail) => {
    get(`${api.url}/inbox`, { headers }, (answer) => {
      answer.resume()
      done(answer.statusCode)
    }).once('error', fail)
  })
}

async function lastMail(recipient: string): Promise<{ code: string; link: string; kind: string }> {
  const { rows } = await db.pool.query<{ code: string; link: string; kind: string }>(
    'select code, link, kind from auth.local_inbox where recipient = $1 order by id desc limit 1',
    [recipient],
  )
  const [mail] = rows
  if (mail === undefined) throw new Error('a mail was sent')
  return mail
}

it('a guest who names an address becomes permanent in place by its code, and not before', async () => {
  const client = api.anon()
  const { data: guest } = await client.auth.signInAnonymously()
  const email = newEmail()

  const asked = await client.auth.updateUser({ email })
  const { code, kind } = await lastMail(email)
  const wrong = await client.auth.verifyOtp({ email, token: '000000', type: 'email_change' })
  const proved = await client.auth.verifyOtp({ email, token: code, type: 'email_change' })

  expect(asked.data.user).toMatchObject({ id: guest.user?.id, is_anonymous: true, new_email: email })
  expect(kind).toBe('email_change')
  expect(wrong.error).toMatchObject({ code: 'otp_expired' })
  expect(proved.data.user).toMatchObject({ id: guest.user?.id, email, is_anonymous: false })
  expect(proved.data.session?.access_token).toBeTruthy()
})

it('of two guests who ask for one address the first to prove it has it', async () => {
  const [one, two] = [api.anon(), api.anon()]
  await one.auth.signInAnonymously()
  await two.auth.signInAnonymously()
  const email = newEmail()
  await one.auth.updateUser({ email })
  const { code: first } = await lastMail(email)
  await two.auth.updateUser({ email })
  const { code: second } = await lastMail(email)

  expect((await one.auth.verifyOtp({ email, token: first, type: 'email_change' })).error).toBeNull()
  const late = await two.auth.verifyOtp({ email, token: second, type: 'email_change' })

  expect(late.error).toMatchObject({ code: 'email_exists', status: 422 })
})

it('a forgotten password is replaced by way of a code', async () => {
  const email = newEmail()
  await api.anon().auth.signUp({ email, password: 'correct horse' })
  const client = api.anon()
  await client.auth.resetPasswordForEmail(email)
  const { code } = await lastMail(email)

  await client.auth.verifyOtp({ email, token: code, type: 'recovery' })
  const { error } = await client.auth.updateUser({ password: 'battery staple' })

  expect(error).toBeNull()
  expect((await api.anon().auth.signInWithPassword({ email, password: 'battery staple' })).error).toBeNull()
})

it('the inbox shows codes and links, escaped, to the person at this machine', async () => {
  const email = newEmail()
  await api.anon().auth.signInWithOtp({ email })
  const { code, link } = await lastMail(email)
  await db.pool.query(`insert into auth.local_inbox (recipient, kind, subject, code, link)
    values ('x', 'magiclink', '<script>alert(1)</script>', '1', 'http://127.0.0.1/')`)

  const answer = await fetch(`${api.url}/inbox`)
  const page = await answer.text()

  expect(page).toContain(code)
  expect(page).toContain(link.replaceAll('&', '&amp;'))
  expect(page).not.toContain('<script>')
  expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
})

it('the inbox is closed to scripts of other pages and to other host names', async () => {
  expect(await statusOf({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(403)
  const opened = { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' }
  expect(await statusOf({ ...opened, 'sec-fetch-dest': 'iframe' })).toBe(403)
  expect(await statusOf({ ...opened, 'sec-fetch-dest': 'document' })).toBe(200)
  expect(await statusOf({ host: 'inbox.example' })).toBe(403)
})

it('with a captcha strangers need a token that the service believes; those with a proof do not', async () => {
  await using verifier = await startVerifier()
  const captcha = { verifyUrl: verifier.url, secret: 'the secret' }
  await using guarded = await startTestApi(db, { auth: { captcha } })
  const signIn = (captchaToken?: string) =>
    guarded.anon().auth.signInAnonymously(captchaToken === undefined ? {} : { options: { captchaToken } })
  const client = guarded.anon()

  expect((await signIn()).error).toMatchObject({ code: 'captcha_failed', status: 400 })
  expect((await signIn('bad')).error).toMatchObject({ code: 'captcha_failed', status: 400 })
  expect((await signIn('good 1')).error).toBeNull()
  expect((await signIn('good 1')).error).toMatchObject({ code: 'captcha_failed' })
  expect((await client.auth.signInAnonymously({ options: { captchaToken: 'good 2' } })).error).toBeNull()
  expect((await client.auth.refreshSession()).error).toBeNull()
  expect((await client.auth.signInWithOtp({ email: newEmail() })).error).toMatchObject({ code: 'captcha_failed' })
  expect((await guarded.service.auth.admin.listUsers()).error).toBeNull()
})

it('a captcha service that is silent lets nobody in, and says so as a fault', async () => {
  const captcha = { verifyUrl: 'http://127.0.0.1:9/', secret: 'x' }
  await using guarded = await startTestApi(db, { auth: { captcha } })

  const { error } = await guarded.anon().auth.signInAnonymously({ options: { captchaToken: 'good' } })

  expect(error).toMatchObject({ status: 500 })
})

it('settings say that no outside provider is on', async () => {
  const answer = await fetch(`${api.url}/auth/v1/settings`, { headers: { apikey: api.keys.publishableKey } })

  expect(await answer.json()).toMatchObject({ external: { google: false, github: false, email: true } })
})
