import type { Supabase } from '#server/adapters/supabase.ts'
import { z } from 'zod'
import { call } from './calls.ts'
import type { Attempt, Database } from './port.ts'
import { attemptReply, claimReply, sessionReply, statusReply, sweepReply, usageReportRow } from './rows.ts'

type WorkerWrites = Pick<
  Database,
  | 'openSession'
  | 'checkWorker'
  | 'claimJob'
  | 'checkAttempt'
  | 'completeJob'
  | 'failJob'
  | 'attemptInputs'
  | 'noteGone'
  | 'releaseJob'
  | 'setFitness'
  | 'leaveWorker'
  | 'sweep'
  | 'takeUsageReport'
  | 'endUsageReport'
>

/** The functions behind `worker.*` and the tick. */
export function createWorkerWrites(client: Supabase): WorkerWrites {
  return {
    openSession: (keyHash, instance, capabilities) =>
      call(
        client,
        'worker_session',
        { p_key_hash: keyHash, p_instance: instance, p_capabilities: capabilities },
        sessionReply,
      ),
    async checkWorker(worker) {
      await call(client, 'check_worker', { p_worker: worker }, z.unknown())
    },
    claimJob: (worker, { warm, ahead }) =>
      call(client, 'claim_job', { p_worker: worker, p_warm: [...warm], p_ahead: ahead }, claimReply),
    checkAttempt: (attempt) => call(client, 'check_attempt', argsOf(attempt), attemptReply),
    completeJob: (attempt, { assets, gpuMs, stageMs }) =>
      call(
        client,
        'complete_job',
        { ...argsOf(attempt), p_assets: assets, p_gpu_ms: gpuMs, p_stage_ms: stageMs },
        statusReply,
      ),
    failJob: (attempt, { code, retry, detail, blame = true }) =>
      call(
        client,
        'fail_job',
        { ...argsOf(attempt), p_code: code, p_retry: retry, p_detail: detail, p_blame: blame },
        statusReply,
      ),
    attemptInputs: (attempt) => call(client, 'attempt_inputs', argsOf(attempt), z.array(z.string())),
    async noteGone(keys) {
      await call(client, 'note_gone', { p_keys: [...keys] }, z.unknown())
    },
    releaseJob: (attempt) => call(client, 'release_job', argsOf(attempt), statusReply),
    async setFitness(worker, reason) {
      await call(client, 'set_fitness', { p_worker: worker, p_reason: reason ?? '' }, z.unknown())
    },
    async leaveWorker(worker) {
      await call(client, 'leave_worker', { p_worker: worker }, z.unknown())
    },
    sweep: () => call(client, 'sweep', {}, sweepReply),
    takeUsageReport: (models) =>
      call(client, 'take_usage_report', { p_models: [...models] }, usageReportRow.nullable()),
    async endUsageReport(id, outcome, problem) {
      await call(client, 'end_usage_report', { p_id: id, p_outcome: outcome, p_problem: problem }, z.unknown())
    },
  }
}

function argsOf({ worker, job, epoch }: Attempt) {
  return { p_worker: worker, p_job: job, p_epoch: epoch }
}
