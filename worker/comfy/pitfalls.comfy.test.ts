import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Graph } from '#shared/workflows/graph.ts'
import { engineFaults } from '#worker/boot/engine-faults.ts'
import { missingParts } from '#worker/core/check-template.ts'
import { checkOutput } from '#worker/images/check-output.ts'
import { never, openDriver, type Driver, type Prompt } from '#worker/testing/comfy/driver.ts'
import { readTemplate } from '#worker/testing/templates.ts'
import { submitPrompt } from './submit-prompt.ts'

/** The image's name when it made one. */
async function imageOf(driver: Driver, prompt: Prompt): Promise<string> {
  const outcome = await driver.run(prompt)
  return outcome.kind === 'done' ? outcome.image.filename : 'lost'
}

function withInput(prompt: Prompt, node: string, input: string, value: unknown): Prompt {
  const graph = structuredClone(prompt.graph)
  const inputs = graph[node]?.inputs
  if (!inputs) throw new Error(`no node ${node}`)
  inputs[input] = value
  return { ...prompt, graph }
}

/** A black picture without an error: what is encoded, times ten until it is infinite, minus itself. */
function nanGraph({ graph }: Prompt): Graph {
  const node = (classType: string, inputs: Graph[string]['inputs']): Graph[string] => ({
    class_type: classType,
    inputs,
    _meta: { title: classType },
  })
  const samples = (i: number) => (i === 0 ? ['encode', 0] : [`x${i - 1}`, 0])
  const chain = Array.from({ length: 40 }, (_, i) => [
    `x${i}`,
    node('LatentMultiply', { samples: samples(i), multiplier: 10 }),
  ])
  const nan = node('LatentSubtract', { samples1: samples(40), samples2: samples(40) })
  const decode = node('VAEDecode', { ...graph['decode']?.inputs, samples: ['nan', 0] })
  return { ...graph, ...Object.fromEntries(chain), nan, decode }
}

describe('a real ComfyUI', { timeout: 90_000 }, () => {
  it('pitfall 3 and 5: a prompt that ends at once is neither missed nor without its image', async () => {
    using driver = openDriver()
    const first = await driver.bind()
    const name = await imageOf(driver, first)

    // The same nonce: everything is cached, and its events may come before the POST is answered.
    for (let run = 0; run < 15; run += 1) expect(await imageOf(driver, { ...first, id: randomUUID() })).toBe(name)
  })

  it('pitfall 6: names the old file for an equal graph, and writes a new one for a new nonce', async () => {
    using driver = openDriver()
    const first = await driver.bind()
    const names = [await imageOf(driver, first), await imageOf(driver, { ...first, id: randomUUID() })]
    const fresh = withInput({ ...first, id: randomUUID() }, 'out', 'forge_nonce', randomUUID())

    expect(names[0]).toBe(names[1])
    expect(names).not.toContain(await imageOf(driver, fresh))
  })

  it('pitfall 7: takes the largest seed as decimal text, and refuses one below 0 or above 2^64-1', async () => {
    using driver = openDriver()
    const prompt = await driver.bind({ seed: '18446744073709551615' })
    const seeded = (seed: string) =>
      driver.submit(withInput({ ...prompt, id: randomUUID() }, prompt.variant.sampler, 'seed', seed))

    expect((await driver.run(prompt)).kind).toBe('done')
    expect(await seeded('-1')).toMatchObject({ code: 'GRAPH_INVALID' })
    expect(await seeded('18446744073709551616')).toMatchObject({ code: 'GRAPH_INVALID' })
  })

  it('pitfall 8: runs what is valid of a graph; the driver counts that as refused and cancels it', async () => {
    using driver = openDriver()
    const prompt = await driver.bind({ steps: 500 })
    const second = { class_type: 'PreviewImage', inputs: {}, _meta: { title: 'no image' } }
    const submission = {
      promptId: prompt.id,
      clientId: driver.socket.clientId,
      graph: { ...prompt.graph, second },
    }

    await expect(submitPrompt(driver.http, submission, 5_000, never)).rejects.toMatchObject({ code: 'GRAPH_INVALID' })
    const job = await driver.http.job(prompt.id, never)
    expect([undefined, 'cancelled', 'in_progress']).toContain(job?.status)
    await expect.poll(async () => (await driver.http.job(prompt.id, never))?.status ?? 'gone').not.toBe('in_progress')
  })

  it('pitfall 9: a cancel of one prompt leaves the one that runs alone', async () => {
    using driver = openDriver()
    const [running, other] = [await driver.bind({ steps: 60 }), await driver.bind()]
    const outcome = driver.run(running)
    await driver.until(running.id, 'in_progress')
    await driver.submit(other)

    expect(await driver.http.cancel(other.id, never)).toBe(true)
    expect(await driver.http.cancel(randomUUID(), never)).toBe(false)
    expect((await outcome).kind).toBe('done')
  })

  it('pitfall 10: knows nothing of a prompt that was cancelled in the queue, which the driver calls lost', async () => {
    using driver = openDriver()
    const [running, queued] = [await driver.bind({ steps: 400 }), await driver.bind()]
    await driver.submit(running)
    const waiting = driver.run(queued)
    await driver.until(queued.id, 'pending')

    await driver.http.cancel(queued.id, never)

    expect(await waiting).toEqual({ kind: 'lost' })
    expect(await driver.http.history(queued.id, never)).toBeNull()
    await driver.http.cancel(running.id, never)
  })

  it('pitfall 11: runs a prompt id twice when it is posted twice, so an unanswered POST is looked up', async () => {
    using driver = openDriver()
    const prompt = await driver.bind()
    await driver.run(prompt)

    // What submitPrompt does after a lost answer: the job is there, so nothing is posted again.
    expect(await driver.http.job(prompt.id, never)).toMatchObject({ status: 'completed' })
    const again = withInput(prompt, 'out', 'forge_nonce', randomUUID())
    expect(await driver.submit(again)).toBeNull()
    await expect.poll(async () => JSON.stringify(await driver.http.history(prompt.id, never))).toContain('.png')
  })

  it('pitfall 16: calls a picture of NaN a success; the worker does not', async () => {
    using driver = openDriver()
    const prompt = await driver.bind()
    const outcome = await driver.run({ ...prompt, graph: nanGraph(prompt) })

    const png = outcome.kind === 'done' ? await driver.http.view(outcome.image, never) : null
    await expect(checkOutput(png ?? new Uint8Array())).rejects.toMatchObject({ code: 'OUTPUT_EMPTY' })
  })

  it('pitfall 17 and 18: says nothing while a model loads; the run is then called loading, and later ones are quick', async () => {
    using driver = openDriver()
    const [cold, warm] = [await driver.bind(), await driver.bind()]
    await driver.http.free(never)
    const stages: string[] = []

    const first = await driver.run(cold, { onProgress: ({ stage }) => void stages.push(stage) })
    const second = await driver.run(warm)

    expect([...new Set(stages)]).toEqual(expect.arrayContaining(['loading', 'sampling']))
    expect(stages.indexOf('loading')).toBeLessThan(stages.indexOf('sampling'))
    expect(second).toMatchObject({ kind: 'done' })
    expect(first.kind === 'done' && second.kind === 'done' && second.gpuMs < first.gpuMs).toBe(true)
  })

  it('pitfall 21: a template is checked against what the server serves before any job is taken', async () => {
    using driver = openDriver()
    const served = await driver.http.objectInfo(never)
    const template = readTemplate('remix', 'schnell')
    const broken = structuredClone(template)
    const vae = Object.values(broken.graph).find(({ class_type }) => class_type === 'VAELoader')
    if (vae) vae.inputs['vae_name'] = 'nowhere.safetensors'

    expect(missingParts(template, served)).toEqual([])
    expect(missingParts(broken, served)).toEqual([expect.stringContaining('nowhere.safetensors')])
  })

  it('pitfall 22: runs prompts full of brackets, quotes, emoji and half a syntax', async () => {
    using driver = openDriver()
    for (const prompt of ['((((a:1.3', ')(', '\\(cat\\) "%date%" 🜏 \n\t', '(word:99999)', 'x'.repeat(2_000)])
      expect((await driver.run(await driver.bind({ prompt }))).kind).toBe('done')
  })

  it('pitfall 23: refuses a file that is not there, which the driver calls a missing model', async () => {
    using driver = openDriver()
    const prompt = await driver.bind()
    const [unet] = Object.entries(prompt.graph).find(([, node]) => node.class_type === 'UNETLoader') ?? ['']

    expect(await driver.submit(withInput(prompt, unet, 'unet_name', 'sub/gone.safetensors'))).toMatchObject({
      code: 'MODEL_MISSING',
      rule: { remedy: 'strike-template' },
    })
  })

  it('pitfall 24: tells tracebacks and paths; the driver’s failure holds neither', async () => {
    using driver = openDriver()
    const prompt = await driver.bind()
    const file = await driver.http.upload({ subfolder: 'tests', name: 'no.png', bytes: Buffer.from('no image') }, never)

    await expect(driver.run(withInput(prompt, 'base', 'image', file))).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
      retry: false,
      message: expect.not.stringMatching(/Traceback|File "|\/|\.py/) as string,
    })
  })

  it('pitfall 26: has no custom nodes beyond IPAdapter_plus', async () => {
    using driver = openDriver()
    const served = (await (await fetch(`${driver.url}/api/object_info`)).json()) as Record<
      string,
      { python_module: string }
    >
    const packs = Object.values(served).map(({ python_module: module }) => module)

    expect(new Set(packs.filter((module) => module.startsWith('custom_nodes.')))).toEqual(
      new Set(['custom_nodes.ComfyUI_IPAdapter_plus']),
    )
  })

  it('pitfall 27: is of a version and started with flags that this driver knows', async () => {
    using driver = openDriver()
    const stats = await driver.http.stats(never)

    expect(engineFaults(stats)).toEqual([])
    const old = { ...stats, system: { ...stats.system, comfyui_version: '0.3.64' } }
    expect(engineFaults(old)).toEqual(['ComfyUI 0.3.64 is older than 0.33'])
  })
})
