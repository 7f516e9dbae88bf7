import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { claimedJob, type ClaimedJob } from '#shared/worker/schema.ts'
import type { AttemptRef } from '#worker/control/report-progress.ts'

/**
 * One file an attempt, from the claim until its end is acknowledged. What is still there at a start was in hand when the
 * last process ended. Files hold prompts and signed URLs: mode 0600.
 */
export type Journal = {
  write: (job: ClaimedJob) => Promise<void>
  remove: (attempt: AttemptRef) => Promise<void>
  list: () => Promise<ClaimedJob[]>
}

const fullCodes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/** True for an error that says that nothing more can be written. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && fullCodes.has(error.code)
}

const fileOf = ({ job, epoch }: AttemptRef) => `${job}-${epoch}.json`

/** Opens (and makes) the journal folder. A file that does not parse is moved aside, not believed. */
export async function openJournal(dir: string): Promise<Journal> {
  await mkdir(dir, { recursive: true, mode: 0o700 })

  async function read(name: string): Promise<ClaimedJob[]> {
    try {
      return [claimedJob.parse(JSON.parse(await readFile(join(dir, name), 'utf8')))]
    } catch {
      // Its absence means only that the job has just ended.
      await rename(join(dir, name), join(dir, `${name}.bad`)).catch(() => {})
      return []
    }
  }

  return {
    async write(job) {
      const path = join(dir, fileOf({ job: job.id, epoch: job.epoch }))
      const file = await open(`${path}.tmp`, 'w', 0o600)
      try {
        await file.writeFile(JSON.stringify(job))
        await file.sync()
      } finally {
        await file.close()
      }
      // Whole or absent: a crash in between leaves only the .tmp file.
      await rename(`${path}.tmp`, path)
    },
    remove: (attempt) => rm(join(dir, fileOf(attempt)), { force: true }),
    async list() {
      const names = (await readdir(dir)).filter((name) => name.endsWith('.json'))
      return (await Promise.all(names.map(read))).flat()
    },
  }
}
