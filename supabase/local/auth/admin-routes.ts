import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import type pg from 'pg'
import { z } from 'zod'
import type { LocalContext } from '#supabase/local/context.ts'
import { requireAdmin } from './caller.ts'
import { asAuthAdmin, only } from './database.ts'
import { AuthError } from './errors.ts'
import { adminUserInput, checkInput, parseBanDuration, readBody } from './input.ts'
import { checkPassword, hashPassword } from './passwords.ts'
import { findUser, findUserByEmail, insertUser, mergeMetadata, saveEmailIdentity, userView } from './users.ts'

const pageInput = z.object({
  page: z.coerce.number().int().min(1, 'Bad Pagination Parameters').default(1),
  per_page: z.coerce.number().int().min(1, 'Bad Pagination Parameters').max(1000).default(50),
})
const softDeleteInput = z.object({ should_soft_delete: z.boolean().default(false) })

/** `/admin/users`: with the secret key only. */
export function adminRoutes(ctx: LocalContext): Hono {
  const app = new Hono().basePath('/admin')
  app.use('*', async (c, next) => {
    await requireAdmin(ctx, c)
    await next()
  })

  app.post('/users', async (c) => {
    const input = await readBody(c, adminUserInput)
    return c.json(await asAuthAdmin(ctx, (db) => createUser(db, input)))
  })

  app.get('/users', async (c) => {
    const { page, per_page: perPage } = checkInput(pageInput, dropEmpty(c.req.query()))
    const { users, total } = await asAuthAdmin(ctx, (db) => listUsers(db, page, perPage))
    c.header('x-total-count', String(total))
    c.header('link', pageLinks(page, perPage, total))
    return c.json({ users, aud: 'authenticated' })
  })

  app.get('/users/:id', async (c) => {
    const id = checkInput(z.uuid('user_id must be an UUID'), c.req.param('id'))
    return c.json(await asAuthAdmin(ctx, (db) => userView(db, id)))
  })

  app.put('/users/:id', async (c) => {
    const id = checkInput(z.uuid('user_id must be an UUID'), c.req.param('id'))
    const input = await readBody(c, adminUserInput)
    return c.json(await asAuthAdmin(ctx, (db) => changeUser(db, id, input)))
  })

  app.delete('/users/:id', async (c) => {
    const id = checkInput(z.uuid('user_id must be an UUID'), c.req.param('id'))
    const { should_soft_delete: soft } = await readBody(c, softDeleteInput)
    await asAuthAdmin(ctx, (db) => deleteUser(db, id, soft))
    return c.json({})
  })

  return app
}

/** auth-js sends `page=` when no page was asked for. */
function dropEmpty(query: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))
}

type AdminInput = z.infer<typeof adminUserInput>

async function createUser(db: pg.PoolClient, input: AdminInput) {
  const { email } = input
  if (email === undefined) {
    throw new AuthError(400, 'validation_failed', 'Cannot create a user without either an email or phone')
  }
  if ((await findUserByEmail(db, email)) !== undefined) throw emailExists()
  const password = input.password ?? randomBytes(32).toString('base64url')
  checkPassword(password)
  const user = await insertUser(db, {
    id: input.id,
    email,
    passwordHash: await hashPassword(db, password),
    data: input.user_metadata ?? {},
    appData: input.app_metadata,
    role: input.role,
    confirmed: input.email_confirm,
  })
  if (input.ban_duration !== undefined) await banUser(db, user.id, input.ban_duration)
  return userView(db, user.id)
}

async function changeUser(db: pg.PoolClient, id: string, input: AdminInput) {
  const user = await findUser(db, id, true)
  if (user === undefined) throw userNotFound()
  if (input.role !== undefined) await db.query('update users set role = $2 where id = $1', [id, input.role])
  if (input.password !== undefined) {
    checkPassword(input.password)
    const hash = await hashPassword(db, input.password)
    await db.query('update users set encrypted_password = $2 where id = $1', [id, hash])
    await db.query('delete from sessions where user_id = $1', [id])
  }
  if (input.email !== undefined && input.email !== user.email) {
    if ((await findUserByEmail(db, input.email)) !== undefined) throw emailExists()
    await db.query('update users set email = $2, is_anonymous = is_anonymous and not $3 where id = $1', [
      id,
      input.email,
      input.email_confirm,
    ])
    await saveEmailIdentity(db, id, input.email, input.email_confirm)
    await mergeMetadata(db, id, 'raw_app_meta_data', { provider: 'email', providers: ['email'] })
  }
  if (input.email_confirm) {
    await db.query('update users set email_confirmed_at = coalesce(email_confirmed_at, now()) where id = $1', [id])
  }
  if (input.user_metadata !== undefined) await mergeMetadata(db, id, 'raw_user_meta_data', input.user_metadata)
  if (input.app_metadata !== undefined) await mergeMetadata(db, id, 'raw_app_meta_data', input.app_metadata)
  if (input.ban_duration !== undefined) await banUser(db, id, input.ban_duration)
  return userView(db, id)
}

async function banUser(db: pg.PoolClient, id: string, duration: string): Promise<void> {
  const ms = parseBanDuration(duration)
  await db.query(
    `update users set banned_until = case when $2::float8 > 0 then now() + $2 * interval '1 millisecond' end,
       updated_at = now() where id = $1`,
    [id, ms],
  )
}

async function deleteUser(db: pg.PoolClient, id: string, soft: boolean): Promise<void> {
  const user = await findUser(db, id, true)
  if (user === undefined) throw userNotFound()
  if (!soft) {
    await db.query('delete from users where id = $1', [id])
    return
  }
  await db.query(
    `update users set deleted_at = now(), email = null, phone = null, encrypted_password = '', email_change = '',
       raw_user_meta_data = '{}', raw_app_meta_data = '{}' where id = $1`,
    [id],
  )
  await db.query('delete from sessions where user_id = $1', [id])
  await db.query('delete from identities where user_id = $1', [id])
  await db.query('delete from one_time_tokens where user_id = $1', [id])
}

async function listUsers(db: pg.PoolClient, page: number, perPage: number) {
  const { rows: counts } = await db.query<{ total: number }>(
    'select count(*)::int as total from users where deleted_at is null',
  )
  const { rows } = await db.query<{ id: string }>(
    'select id from users where deleted_at is null order by created_at desc, id limit $1 offset $2',
    [perPage, (page - 1) * perPage],
  )
  const users: unknown[] = []
  for (const { id } of rows) users.push(await userView(db, id))
  return { users, total: only(counts).total }
}

/** RFC 8288 links to the next and last page, as auth-js reads them. */
function pageLinks(page: number, perPage: number, total: number): string {
  const last = Math.max(1, Math.ceil(total / perPage))
  const link = (to: number, rel: string) => `</admin/users?page=${to}&per_page=${perPage}>; rel="${rel}"`
  return [...(page < last ? [link(page + 1, 'next')] : []), link(last, 'last')].join(', ')
}

function emailExists(): AuthError {
  return new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
}

function userNotFound(): AuthError {
  return new AuthError(404, 'user_not_found', 'User not found')
}
