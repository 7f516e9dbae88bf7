import type { Context } from 'hono'
import { z } from 'zod'
import { refusals } from './errors.ts'

/** Most keys in one request: upstream's limit. */
const maxKeys = 1000
const sizeLimit = z.union([z.number().nonnegative(), z.string()]).nullish()
const key = z.string().min(1).max(2048)

export const bucketInput = z.object({
  id: z.string().optional(),
  name: z.string(),
  public: z.boolean().default(false),
  file_size_limit: sizeLimit,
  allowed_mime_types: z.array(z.string()).nullish(),
})
export const bucketChangeInput = bucketInput.partial({ name: true }).extend({ public: z.boolean().optional() })
export const signInput = z.object({
  expiresIn: z
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER / 2 ** 10),
})
export const signManyInput = signInput.extend({ paths: z.array(key).min(1).max(maxKeys) })
export const removeInput = z.object({ prefixes: z.array(key).min(1).max(maxKeys) })
export const transferInput = z.object({
  bucketId: z.string(),
  sourceKey: key,
  destinationKey: key,
  destinationBucket: z.string().optional(),
})
export const listInput = z.object({
  prefix: z.string().max(1024).default(''),
  limit: z.int().min(1).max(maxKeys).default(100),
  offset: z.int().min(0).default(0),
  search: z.string().max(1024).default(''),
  sortBy: z
    .object({
      column: z.enum(['name', 'updated_at', 'created_at', 'last_accessed_at']).default('name'),
      order: z.enum(['asc', 'desc']).default('asc'),
    })
    .prefault({}),
})

/** JSON body checked by a schema; an absent body counts as `{}`. Throws `StorageError` InvalidRequest. */
export async function readBody<T extends z.ZodType>(c: Context, schema: T): Promise<z.infer<T>> {
  const text = await c.req.text()
  let body: unknown
  try {
    body = text === '' ? {} : JSON.parse(text)
  } catch {
    throw refusals.invalidRequest('Body is not valid JSON')
  }
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw refusals.invalidRequest(`body/${issue?.path.join('/') ?? ''} ${issue?.message ?? 'is invalid'}`)
}
