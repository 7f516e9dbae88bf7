import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Hono } from 'hono'
import type { Machine } from '../core/machine.ts'
import type { Graph } from '../core/types.ts'
import { validateGraph } from '../graph/validate.ts'
import type { Env } from './app.ts'

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Extra data that never reaches queue or history. */
const secretKeys = ['auth_token_comfy_org', 'api_key_comfy_org']

type Body = Record<string, unknown>

/** GET and POST /prompt. */
export function promptRoutes(machine: Machine): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/prompt', (c) => c.json({ exec_info: { queue_remaining: machine.queue.remaining() } }))
  app.post('/prompt', async (c) => {
    const reject = machine.faults.take('reject')
    if (reject !== null) return c.text('500 Internal Server Error', reject.status as 500)
    const body = asObject(await c.req.json())
    const result = submit(machine, body)
    if (!result.ok) return c.json({ error: result.error, node_errors: result.nodeErrors }, 400)
    if (machine.faults.take('drop-reply') !== null) {
      c.env.incoming.socket.destroy()
      return c.body(null)
    }
    if (machine.faults.take('partly-accepted') !== null) result.reply.node_errors = droppedOutput
    const late = machine.faults.take('answer-late')
    if (late !== null) await untilDone(machine, result.reply.prompt_id, late.ms)
    return c.json(result.reply)
  })
  return app
}

type Refusal = { ok: false; error: unknown; nodeErrors: Record<string, unknown> }
type Accepted = { ok: true; reply: { prompt_id: string; number: number; node_errors: Record<string, unknown> } }

function submit(machine: Machine, body: Body): Refusal | Accepted {
  const number = body['number'] === undefined ? numberFor(machine, body) : Number(body['number'])
  if (body['prompt'] === undefined) return { ok: false, error: noPrompt, nodeErrors: {} }
  const id = body['prompt_id'] ?? randomUUID()
  if (typeof id !== 'string' || !uuid.test(id)) return { ok: false, error: badId, nodeErrors: {} }
  const graph = asObject(body['prompt']) as Graph
  const { folders } = machine.options
  const installation = {
    signature: (name: string) => machine.signature(name),
    badImage: (name: unknown) => (folders.annotated(name) === null ? `Invalid image file: ${String(name)}` : null),
  }
  const targets = body['partial_execution_targets']
  const verdict = validateGraph(graph, installation, Array.isArray(targets) ? targets.map(String) : null)
  const hidden = hiddenFile(verdict.nodeErrors)
  if (hidden !== null) machine.faults.take('missing-model', (fault) => fault.file === hidden)
  if (!verdict.ok) return { ok: false, error: verdict.error, nodeErrors: verdict.nodeErrors }
  enqueue(machine, { number, id, graph, outputs: verdict.outputs, body })
  return { ok: true, reply: { prompt_id: id, number, node_errors: verdict.nodeErrors } }
}

function numberFor(machine: Machine, body: Body): number {
  const number = machine.nextNumber()
  return body['front'] === true ? -number : number
}

function enqueue(
  machine: Machine,
  accepted: { number: number; id: string; graph: Graph; outputs: string[]; body: Body },
): void {
  const { body, ...item } = accepted
  const extraData = body['extra_data'] === undefined ? {} : { ...asObject(body['extra_data']) }
  if (typeof body['client_id'] === 'string') extraData['client_id'] = body['client_id']
  for (const key of secretKeys) delete extraData[key]
  const createTime = Date.now()
  extraData['create_time'] = createTime
  const clientId = typeof extraData['client_id'] === 'string' ? extraData['client_id'] : null
  machine.accepted.set(item.id, (machine.accepted.get(item.id) ?? 0) + 1)
  machine.queue.put({ ...item, extraData, clientId, createTime })
}

/** The missing file a validation met, so a one-shot missing-model fault is spent by it. */
function hiddenFile(nodeErrors: Record<string, unknown>): string | null {
  const text = JSON.stringify(nodeErrors)
  return /"value_not_in_list".*?"received_value":"([^"]+)"/.exec(text)?.[1] ?? null
}

async function untilDone(machine: Machine, id: string, ms: number): Promise<void> {
  const end = Date.now() + ms
  while (Date.now() < end && !machine.queue.history().has(id)) await sleep(5)
}

/** @throws TypeError as the Python handler would; the answer is a plain 500 */
function asObject(value: unknown): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new TypeError('not an object')
  return value as Record<string, unknown>
}

/** What ComfyUI says of an output that failed validation while another passed. */
const droppedOutput = {
  save: {
    errors: [
      {
        type: 'required_input_missing',
        message: 'Required input is missing',
        details: 'images',
        extra_info: { input_name: 'images' },
      },
    ],
    dependent_outputs: ['save'],
    class_type: 'SaveImage',
  },
}

const noPrompt = { type: 'no_prompt', message: 'No prompt provided', details: 'No prompt provided', extra_info: {} }

const badId = {
  type: 'invalid_prompt_id',
  message: 'prompt_id must be a valid UUID',
  details:
    'prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to let the server generate one',
  extra_info: {},
}
