import { createHash, randomUUID } from 'node:crypto'
import type { Graph } from '#shared/workflows/graph.ts'
import { forClient } from '#worker/testing/comfy/driver.ts'
import { TestClient } from '#worker/standin/testing/client.ts'
import { bindGraph } from '#worker/core/bind-graph.ts'
import { readTemplate } from '#worker/testing/templates.ts'

/** When ComfyUI worked on a prompt, milliseconds of its own clock. */
export type Ran = { start: number; end: number }

export type RawWish = { url: string; input: Uint8Array; pixels: number; steps: number; images: number }

async function upload(url: string, bytes: Uint8Array): Promise<string> {
  const name = `${randomUUID()}.png`
  const form = new FormData()
  form.set('image', new File([new Uint8Array(bytes)], name))
  await fetch(`${url}/api/upload/image`, { method: 'POST', body: form })
  return name
}

function bind(file: string, { pixels, steps }: RawWish): Graph {
  const { graph, variant } = readTemplate('remix', 'schnell')
  const image = { role: 'base', file, weight: 1, width: 740, height: 740 } as const
  const request = { prompt: 'rust', negative: '', creativity: 50, chaos: 50, seed: '1', params: {}, mask: null }
  const nonce = randomUUID()
  return bindGraph({ graph, variant: { ...variant, pixels, steps } }, { ...request, images: [image], nonce })
}

async function take(client: TestClient, url: string, id: string): Promise<Ran> {
  const job = await client.json(`/api/jobs/${id}`)
  const ran = { start: Number(job['execution_start_time']), end: Number(job['execution_end_time']) }
  const outputs = job['outputs'] as Record<string, { images?: Record<string, string>[] }> | undefined
  const [image] = Object.values(outputs ?? {}).flatMap((output) => output.images ?? [])
  const { filename = '', subfolder = '', type = 'temp' } = image ?? {}
  const view = await fetch(`${url}/api/view?${new URLSearchParams({ filename, subfolder, type })}`)
  createHash('sha256')
    .update(new Uint8Array(await view.arrayBuffer()))
    .digest('hex')
  return ran
}

/** What a wrapper does that takes one job at a time: upload, POST, wait on the socket, GET, and only then the next. */
export async function runOneAtATime(wish: RawWish): Promise<Ran[]> {
  const client = await TestClient.open(wish.url)
  const ran: Ran[] = []
  for (let i = 0; i < wish.images; i += 1) {
    const id = await client.run(forClient(bind(await upload(wish.url, wish.input), wish)))
    ran.push(await take(client, wish.url, id))
  }
  await client.close()
  return ran
}

/** The least that any client needs: everything posted at once, each picture taken when it is done. Answers seconds. */
export async function runAllAtOnce(wish: RawWish): Promise<number> {
  const client = await TestClient.open(wish.url)
  const began = performance.now()
  const ids: string[] = []
  for (let i = 0; i < wish.images; i += 1) {
    const { id } = await client.submit(forClient(bind(await upload(wish.url, wish.input), wish)))
    ids.push(id)
  }
  for (const id of ids) {
    for (;;) {
      const { status } = await client.json(`/api/jobs/${id}`)
      if (status === 'completed') break
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await take(client, wish.url, id)
  }
  const took = performance.now() - began
  await client.close()
  return took / 1_000
}
