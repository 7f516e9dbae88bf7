import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Hono } from 'hono'
import type { Context } from 'hono'
import sharp from 'sharp'
import type { Folders } from '../core/files.ts'
import type { Machine } from '../core/machine.ts'
import type { FolderName } from '../core/types.ts'
import type { Env } from './app.ts'

const mimes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
}

/** /upload/image and /view. */
export function fileRoutes(machine: Machine): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/upload/image', (c) => upload(c, machine.options.folders))
  app.get('/view', async (c) => {
    const slow = machine.faults.take('slow-view')
    if (slow !== null) await sleep(slow.ms)
    if (machine.faults.take('missing-view') !== null) return c.notFound()
    return view(c, machine.options.folders)
  })
  return app
}

function isFolder(name: string): name is FolderName {
  return name === 'input' || name === 'output' || name === 'temp'
}

async function upload(c: Context, folders: Folders): Promise<Response> {
  const form = await c.req.formData()
  const image = form.get('image')
  if (!(image instanceof File) || image.name === '') return c.body(null, 400)
  const type = text(form.get('type')) || 'input'
  // The real handler meets an unbound variable here: an exception, so the plain 500.
  if (!isFolder(type)) throw new Error(`unknown type ${type}`)
  const subfolder = text(form.get('subfolder'))
  const path = folders.path(type, subfolder, image.name)
  if (path === null) return c.body(null, 400)
  if (image.name.includes('/') && !existsSync(dirname(path))) throw new Error('No such file or directory')
  const overwrite = ['true', '1'].includes(text(form.get('overwrite')))
  const body = Buffer.from(await image.arrayBuffer())
  const name = folders.store(type, { subfolder, name: image.name, body, overwrite })
  return name === null ? c.body(null, 400) : c.json({ name, subfolder, type })
}

function text(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value : ''
}

async function view(c: Context, folders: Folders): Promise<Response> {
  const filename = c.req.query('filename') ?? ''
  if (filename === '') return c.text('404: Not Found', 404)
  if (filename.startsWith('/') || filename.includes('..')) return c.body(null, 400)
  const type = c.req.query('type') ?? 'output'
  if (!isFolder(type)) return c.body(null, 400)
  const path = folders.path(type, c.req.query('subfolder') ?? '', filename)
  if (path === null) return c.body(null, 403)
  if (!existsSync(path)) return c.text('404: Not Found', 404)
  const file = await readFile(path)
  c.header('Content-Disposition', `filename="${filename}"`)
  const [format, quality] = (c.req.query('preview') ?? '').split(';')
  if (format === 'webp' || format === 'jpeg') {
    const image = await sharp(file)
      .toFormat(format, { quality: Number(quality ?? 90) || 90 })
      .toBuffer()
    return send(c, image, `image/${format}`)
  }
  if (c.req.query('channel') === 'rgb') return send(c, await sharp(file).removeAlpha().png().toBuffer(), 'image/png')
  return send(c, file, mimes[extname(path).toLowerCase()] ?? 'application/octet-stream')
}

function send(c: Context, body: Buffer, mime: string): Response {
  c.header('Content-Type', mime)
  return c.body(new Uint8Array(body))
}
