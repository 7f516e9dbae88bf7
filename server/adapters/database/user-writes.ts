import type { Supabase } from '#server/adapters/supabase.ts'
import { z } from 'zod'
import { call } from './calls.ts'
import type { Database } from './port.ts'
import { assetRow, enqueueReply, positionReply, quoteReply, statusReply } from './rows.ts'

type UserWrites = Pick<
  Database,
  | 'enqueueJobs'
  | 'quote'
  | 'mayCome'
  | 'queuePositions'
  | 'cancelJob'
  | 'createUpload'
  | 'confirmUpload'
  | 'findWorkImage'
  | 'keepWorkImage'
  | 'mergeAccounts'
>

/** The functions behind what users do. */
export function createUserWrites(client: Supabase): UserWrites {
  return {
    enqueueJobs: (request) =>
      call(
        client,
        'enqueue_jobs',
        {
          p_owner: request.owner,
          p_anonymous: request.anonymous,
          p_request_id: request.requestId,
          p_request_hash: request.requestHash,
          p_purse: request.purse,
          p_expected_price: request.expectedPrice,
          p_buckets: request.buckets,
          p_jobs: request.jobs,
        },
        enqueueReply,
      ),
    quote: (request) =>
      call(
        client,
        'quote',
        {
          p_owner: request.owner,
          p_anonymous: request.anonymous,
          p_buckets: request.buckets,
          p_template: request.template,
          p_count: request.count,
          p_price: request.price,
          p_wish: request.wish ?? {},
        },
        quoteReply,
      ),
    mayCome: (templates) => call(client, 'may_come', { p_templates: [...templates] }, z.array(z.string())),
    queuePositions: async (jobs) =>
      jobs.length === 0 ? [] : call(client, 'queue_positions', { p_jobs: [...jobs] }, positionReply),
    cancelJob: (owner, job) => call(client, 'cancel_job', { p_owner: owner, p_job: job }, statusReply),
    async createUpload({ id, owner, key, mime, bytes }) {
      const args = { p_id: id, p_owner: owner, p_staging_key: key, p_mime: mime, p_bytes: bytes }
      await call(client, 'create_upload', args, z.unknown())
    },
    confirmUpload: (upload, owner, asset) =>
      call(client, 'confirm_upload', { p_upload: upload, p_owner: owner, p_asset: asset }, assetRow),
    findWorkImage: (owner, asset, { width, height }) =>
      call(
        client,
        'find_work_image',
        { p_owner: owner, p_asset: asset, p_width: width, p_height: height },
        assetRow.nullable(),
      ),
    keepWorkImage: (owner, asset, work) =>
      call(client, 'keep_work_image', { p_owner: owner, p_asset: asset, p_work: work }, assetRow),
    mergeAccounts: (from, into) =>
      call(client, 'merge_accounts', { p_from: from, p_into: into }, z.object({ jobs: z.int() })),
  }
}
