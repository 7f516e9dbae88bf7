import type { Pool } from 'pg'
import type { FaultKind } from './fault-kinds.ts'

/** The product, broken on purpose in one function of a run's database, and the faults under which it must show. */
export type Mutant = {
  name: string
  /** With its schema. */
  of: string
  /** Text of the function and what stands there instead. */
  changes: readonly (readonly [string, string])[]
  only: readonly FaultKind[]
}

export const mutants: readonly Mutant[] = [
  {
    name: 'what was held is not given back',
    of: 'private.settle',
    changes: [["perform private.post(p_job.owner, p_job.id, 'release', p_job.price, -p_job.price);", '']],
    only: ['reload'],
  },
  {
    name: 'an image is paid twice',
    of: 'private.settle',
    changes: [["'capture', 0, -p_job.price)", "'capture', -p_job.price, -p_job.price)"]],
    only: ['reload'],
  },
  {
    name: 'a free image that was not made stays used up',
    of: 'private.return_free_use',
    changes: [['set used = u.used - 1', 'set used = u.used']],
    only: ['reload'],
  },
  {
    name: 'a cancel is answered and nothing else',
    of: 'public.cancel_job',
    changes: [
      [
        "if v_job.status = 'queued' then",
        "return jsonb_build_object('status', 'canceled', 'returned', 0);\n  if v_job.status = 'queued' then",
      ],
    ],
    only: ['reload'],
  },
  {
    name: 'leases are never looked at',
    of: 'private.sweep_jobs',
    changes: [['begin\n', "begin\n  return jsonb_build_object('requeued', 0, 'failed', 0, 'skipped', true);\n"]],
    only: ['answer-lost'],
  },
  {
    name: 'the end of an image is told to no page',
    of: 'private.send_job',
    changes: [['begin\n', "begin\n  if new.status = 'succeeded' then return null; end if;\n"]],
    only: ['reload'],
  },
  {
    name: 'an end does not raise the version',
    of: 'private.finish_job',
    changes: [['version = version + 1', 'version = version']],
    only: ['reload'],
  },
  {
    name: 'an image that failed for good counts as running in its lane',
    of: 'private.finish_job',
    changes: [['case when v_queued then 0 else -1 end', '0']],
    only: ['reload'],
  },
  {
    name: 'whoever held a job once may still write to it',
    of: 'private.lock_attempt',
    changes: [
      ['if v_job.epoch <> p_epoch then', 'if false then'],
      ['if v_job.worker_id is distinct from p_worker then', 'if false then'],
    ],
    only: ['late-writes'],
  },
  {
    name: 'a beat of an older attempt counts',
    of: 'public.report_progress',
    changes: [['v_job.epoch <> p_epoch or v_job.worker_id is distinct from v_worker', 'false']],
    only: ['late-writes'],
  },
  {
    name: 'a picture that is handed in again is refused',
    of: 'public.check_attempt',
    changes: [["j.status = 'succeeded'", 'false']],
    only: ['requests-repeated'],
  },
  {
    name: 'attempts are not counted',
    of: 'private.start_attempt',
    changes: [['attempts = j.attempts + 1', 'attempts = j.attempts']],
    only: ['poison'],
  },
  {
    name: 'a job is tried for ever',
    of: 'private.end_overdue',
    changes: [
      [
        'if p_job.attempts < (select k.max_attempts from public.job_kinds k where k.kind = p_job.kind) then',
        'if true then',
      ],
    ],
    only: ['poison'],
  },
  {
    name: 'what a provider cost is not booked',
    of: 'public.book_provider_cost',
    changes: [['begin\n', 'begin\n  return;\n']],
    only: ['provider-killed'],
  },
  {
    name: 'rent is not booked',
    of: 'private.book_spend',
    changes: [['begin\n', 'begin\n  return;\n']],
    only: ['rented-box-killed'],
  },
  {
    name: 'the end of a rented box is not written down',
    of: 'public.end_box',
    changes: [['begin\n', 'begin\n  return;\n']],
    only: ['rented-box-killed'],
  },
]

/** Breaks it in the database that `pool` is on. Throws when the function no longer reads as it did. */
export async function breakOnPurpose(pool: Pool, { name, of, changes }: Mutant): Promise<void> {
  const { rows } = await pool.query<{ text: string }>(
    'select pg_get_functiondef(oid) as text from pg_proc where pronamespace::regnamespace::text || $2 || proname = $1',
    [of, '.'],
  )
  const [found] = rows
  if (found === undefined || rows.length > 1) throw new Error(`${rows.length} functions are called ${of}`)
  let { text } = found
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${of} has no „${from}“ for the mutant „${name}“`)
    text = text.replace(from, () => to)
  }
  await pool.query(text)
}
