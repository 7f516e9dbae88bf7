import { readBoxEnv } from './env.ts'

/** HEALTHCHECK of the image: exit code 0 while every ComfyUI and every worker of the box runs. */
const url = `http://127.0.0.1:${readBoxEnv().HEALTH_PORT}/`
const up = await fetch(url, { signal: AbortSignal.timeout(3_000) }).then(
  (response) => response.ok,
  () => false,
)
process.exitCode = up ? 0 : 1
