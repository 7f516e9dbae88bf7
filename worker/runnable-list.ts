import type { Logger } from 'pino'
import type { Capabilities } from '#shared/worker/schema.ts'
import type { SelfTest } from '#worker/boot/self-test.ts'
import type { Runnable, RunnableTemplate } from '#worker/jobs/runnable.ts'

/** The box's own list of what it can run: what the self-test found, less what has been struck since. */
export type RunnableList = Runnable & {
  capabilities: () => Capabilities
  /** What a further self-test found, after ComfyUI came back as a new process. Never throws. */
  replace: (found: SelfTest) => Promise<void>
}

/** `announce` tells the server; that it is away is no reason to run what cannot be run. */
export function createRunnableList(
  found: SelfTest,
  announce: (capabilities: Capabilities) => Promise<void>,
  log: Logger,
): RunnableList {
  let { capabilities } = found
  let templates = new Map<string, RunnableTemplate>(found.templates)

  async function tell(): Promise<void> {
    await announce(capabilities).catch((error: unknown) => log.warn({ err: error }, 'capabilities not heard'))
  }

  return {
    find: (key) => templates.get(key),
    capabilities: () => capabilities,
    async strike(key, why) {
      if (!templates.delete(key)) return
      log.error({ template: key, why }, 'template struck: it cannot run here any more')
      capabilities = {
        ...capabilities,
        templates: [...templates.keys()],
        unavailable: { ...capabilities.unavailable, [key]: why.slice(0, 300) },
      }
      await tell()
    },
    async replace(news) {
      capabilities = news.capabilities
      templates = new Map(news.templates)
      await tell()
    },
  }
}
