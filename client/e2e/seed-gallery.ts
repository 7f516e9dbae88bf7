import { createHash, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { Client } from 'pg'
import sharp from 'sharp'

/** A local stack that may be written to behind its back. */
export type SeedTarget = { dataDir: string; supabaseUrl: string; secretKey: string; databasePassword: string }

export type GallerySeed = {
  owner: string
  count: number
  /** Repeats over the images; `{n}` is the number of the image, newest 1. */
  prompts?: readonly string[]
}

type Kind = 'output' | 'thumb'
type Motif = { width: number; height: number; colour: string; files: Record<Kind, { key: string; bytes: number }> }

const shapes = [
  [1024, 1024],
  [1216, 832],
  [832, 1216],
  [1344, 768],
  [896, 1152],
  [1024, 576],
  [640, 1536],
  [1152, 896],
] as const
const hues = [12, 38, 96, 158, 204, 232, 278, 330]
const said = [
  'oil on board, cold dusk light',
  'flat screenprint, six inks',
  'a lighthouse of bone',
  'woodcut, deep black',
]

/**
 * Fills an account's gallery with finished images straight in the local database, newest first a minute apart: rows as
 * the functions of the database leave them, objects shared between rows. Answers the job ids, newest first.
 */
export async function seedGallery(target: SeedTarget, seed: GallerySeed): Promise<string[]> {
  const motifs = await uploadMotifs(target, seed.count < 500 ? 1 : 3)
  const database = new Client({ connectionString: await addressOf(target) })
  await database.connect()
  try {
    const { rows } = await database.query<{ id: string }>(insertJobs, [
      seed.owner,
      seed.count,
      JSON.stringify(motifs),
      seed.prompts ?? said,
    ])
    await database.query('analyze public.jobs, public.job_specs, public.assets')
    return rows.map(({ id }) => id)
  } finally {
    await database.end()
  }
}

/** Free images of a day that is no longer counted, so that the books stay balanced and today's are all left. */
const insertJobs = `
  with motif as (
    select m.value as motif, m.ordinality - 1 as place from jsonb_array_elements($3::jsonb) with ordinality m
  ), wanted as (
    select gen_random_uuid() as id, n, now() - n * interval '1 minute' as at,
      (select motif from motif where place = (n * 7) % (select count(*) from motif)) as motif,
      ($4::text[])[1 + n % cardinality($4::text[])] as prompt
    from generate_series(1, $2::int) n
  ), made as (
    insert into public.jobs (id, owner, request_id, ordinal, lane, purse, price, steps, step, progress, stage, mode,
      variant, model_key, min_trust, transmission, status, version, created_at, started_at, finished_at, stand_in, epoch)
    select id, $1::uuid, gen_random_uuid(), 0, 'free', 'free', 1, 28, 28, 1, 'saving',
      (array['remix', 'style', 'inpaint', 'mashup', 'tonic'])[1 + n % 5], 'dev', 'flux1-dev', 'own',
      left(md5($1::text || n), 8), 'succeeded', 3, at, at, at + interval '20 s', true, 1
    from wanted returning id
  ), specs as (
    insert into public.job_specs (job_id, request_hash, prompt, creativity, chaos, seed, params, inputs, workflow_hash)
    select id, 'seed', replace(prompt, '{n}', n::text), 50, 30, n::text, '{"aspect": 1}', '[]', 'seed' from wanted
  ), uses as (
    insert into public.free_holds (job_id, buckets, day) select id, array['seed'], private.utc_day() - 30 from made
  ), files as (
    select w.id as job, w.at, w.motif, f.key as kind, f.value as file, gen_random_uuid() as asset
    from wanted w, jsonb_each(w.motif -> 'files') f
  ), assets as (
    insert into public.assets (id, owner, kind, storage_key, mime, width, height, bytes, sha256, colour, job_id, created_at)
    select asset, $1::uuid, kind::public.asset_kind, 'outputs/' || job || '/' || asset || '.webp', 'image/webp',
      (motif ->> 'width')::int, (motif ->> 'height')::int, (file ->> 'bytes')::int, repeat('ab', 32),
      case when kind = 'output' then motif ->> 'colour' end, job, at
    from files
  ), objects as (
    insert into storage.objects (bucket_id, name, metadata, version)
    select 'forge', 'outputs/' || f.job || '/' || f.asset || '.webp', o.metadata, o.version
    from files f join storage.objects o on o.bucket_id = 'forge' and o.name = f.file ->> 'key'
  )
  select id from wanted order by n`

async function addressOf({ dataDir, databasePassword }: SeedTarget): Promise<string> {
  // The fourth line of Postgres's own lock file is its port.
  const lines = (await readFile(path.join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')
  return `postgresql://supabase_admin:${encodeURIComponent(databasePassword)}@127.0.0.1:${lines[3]?.trim()}/postgres`
}

/** Each shape in so many colours. */
async function uploadMotifs({ supabaseUrl, secretKey }: SeedTarget, colours: number): Promise<Motif[]> {
  const client = createClient(supabaseUrl, secretKey, { auth: { persistSession: false, autoRefreshToken: false } })
  const bucket = client.storage.from('forge')
  const put = async (bytes: Buffer) => {
    const key = `outputs/${randomUUID()}/${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}.webp`
    const { error } = await bucket.upload(key, bytes, { contentType: 'image/webp' })
    if (error) throw error
    return { key, bytes: bytes.byteLength }
  }
  return Promise.all(
    shapes.flatMap(([width, height], index) =>
      hues.slice(0, colours).map(async (_, turn) => {
        const hue = hues[(index + turn * 3) % hues.length] ?? 0
        const { full, thumb, colour } = await drawOnce(width, height, hue + turn * 40)
        const [output, small] = await Promise.all([put(full), put(thumb)])
        return { width, height, colour, files: { output, thumb: small } }
      }),
    ),
  )
}

type Drawn = { full: Buffer; thumb: Buffer; colour: string }
const drawings = new Map<string, Promise<Drawn>>()

/** Drawing costs more than all the rest: each motif once in a process, however many galleries are filled. */
function drawOnce(width: number, height: number, hue: number): Promise<Drawn> {
  const key = `${width} ${height} ${hue}`
  const drawn = drawings.get(key) ?? drawWithThumb(width, height, hue)
  drawings.set(key, drawn)
  return drawn
}

async function drawWithThumb(width: number, height: number, hue: number): Promise<Drawn> {
  const full = await draw(width, height, hue)
  const thumb = await sharp(full).resize(320, 320, { fit: 'inside' }).webp({ quality: 70 }).toBuffer()
  const { dominant } = await sharp(thumb).stats()
  const hex = [dominant.r, dominant.g, dominant.b].map((value) => value.toString(16).padStart(2, '0'))
  return { full, thumb, colour: `#${hex.join('')}` }
}

/** Something with edges and grain, so that a thumbnail weighs what real ones do. */
async function draw(width: number, height: number, hue: number): Promise<Buffer> {
  const rings = Array.from({ length: 14 }, (_, index) => {
    const radius = (Math.min(width, height) / 2) * (1 - index / 15)
    const fill = `hsl(${hue + index * 9} ${40 + (index % 3) * 14}% ${18 + index * 4}%)`
    return `<circle cx="${width * 0.56}" cy="${height * 0.46}" r="${radius}" fill="${fill}"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="hsl(${hue + 170} 40% 16%)"/>
    <stop offset="1" stop-color="hsl(${hue + 30} 52% 44%)"/></linearGradient></defs>
    <rect width="100%" height="100%" fill="url(#g)"/>${rings.join('')}
    <path d="M0 ${height * 0.82} L${width} ${height * 0.62} V${height} H0 Z" fill="hsl(${hue + 210} 34% 22%)"/></svg>`
  const noise = { width, height, channels: 3, background: '#808080', noise: { type: 'gaussian', mean: 128, sigma: 18 } }
  const grain = await sharp({ create: noise as never })
    .png({ compressionLevel: 1 })
    .toBuffer()
  return sharp(Buffer.from(svg))
    .composite([{ input: grain, blend: 'soft-light' }])
    .webp({ quality: 78 })
    .toBuffer()
}
