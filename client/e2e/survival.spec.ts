import process from 'node:process'
import type { Page } from '@playwright/test'
import { allowError, expect, expectDone, generate, makePhoto, putOnBench, test } from './fixtures.ts'
import { partOf, stillRunning } from './processes.ts'
import { stackUnderTest } from './under-test.ts'

/** What ComfyUI has been given since it started: a job run twice would show here. */
async function promptsRun(): Promise<number> {
  const answer = await fetch(`${stackUnderTest().comfyUrl}/api/jobs?limit=1`)
  const body = (await answer.json()) as { pagination: { total: number } }
  return body.pagination.total
}

async function startJob(page: Page): Promise<void> {
  await page.goto('/')
  await putOnBench(page, await makePhoto())
  await generate(page).click()
  await expect(page.getByText(/Step\s*\d+\s*of\s*28/).first()).toBeVisible()
}

async function kill(script: string): Promise<void> {
  const part = await partOf(stackUnderTest().pid, script)
  process.kill(part.pid, 'SIGKILL')
  expect(await stillRunning([part], 5_000)).toEqual([])
}

test.describe('a part killed with SIGKILL in the middle of a job', () => {
  test.skip(process.platform === 'win32', 'no SIGKILL there')

  test('the worker comes back, takes up the running prompt and the image arrives, run once', async ({ page }) => {
    await startJob(page)
    const before = await promptsRun()
    await kill('worker/main.ts')

    await expectDone(page)
    expect(await promptsRun()).toBeLessThanOrEqual(before)
    await expect(page.getByText(/9 ?free today/)).toBeVisible()
  })

  test('the server comes back and the image arrives', async ({ page }) => {
    allowError(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|Failed to fetch|status of 50\d/)
    await startJob(page)
    await kill('server/node.ts')

    await expectDone(page)
    await expect(page.getByText(/9 ?free today/)).toBeVisible()
  })

  test('the local Supabase comes back, database and all, and the image arrives', async ({ page }) => {
    test.setTimeout(120_000)
    allowError(
      /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|Failed to fetch|status of 50\d|WebSocket/,
    )
    await startJob(page)
    await kill('supabase/local/main.ts')

    await expectDone(page)
    await expect(page.getByText(/9 ?free today/)).toBeVisible()
  })

  test('ComfyUI comes back, the job runs again from its start and is paid once', async ({ page }) => {
    test.setTimeout(120_000)
    await startJob(page)
    await kill('standin/main.ts')

    await expectDone(page)
    await expect(page.getByText(/9 ?free today/)).toBeVisible()
  })
})
