import { setTimeout as wait } from 'node:timers/promises'
import type { PlannedFault } from '../plan.ts'
import type { HttpFault, Proxy, Rule } from '../proxy.ts'
import type { TcpProxy } from '../tcp-proxy.ts'
import { boxOf, type Injector, num, type Stage, waitFor, word } from './stage.ts'

type Line = Proxy | TcpProxy

function lineOf(stage: Stage, fault: PlannedFault): Line {
  const { wire, api, page, sockets } = stage.stack
  const { control, comfy } = boxOf(stage, fault)
  const all: Readonly<Record<string, Line>> = { wire, api, page, sockets, control, comfy }
  const line = all[word(fault, 'line')]
  if (line === undefined) throw new Error('the plan names a line that is not there')
  return line
}

const cutAll = (line: Line) => ('cut' in line ? line.cut() : line.cutSockets())

/** What a storage request is for, by its path and method (Supabase Storage's own routes). */
const doors: Readonly<Record<string, Rule['matches']>> = {
  upload: ({ method, path }) => method === 'PUT' && path.includes('/object/upload/sign/'),
  download: ({ method, path }) => method === 'GET' && path.includes('/object/sign/'),
  read: ({ method, path }) => method === 'GET' && /\/object\/(authenticated\/)?forge\//.test(path),
  keep: ({ method, path }) => (method === 'POST' || method === 'PUT') && /\/object\/forge\//.test(path),
  sign: ({ method, path }) => method === 'POST' && /\/object\/(upload\/)?sign\//.test(path),
  remove: ({ method, path }) => method === 'DELETE' && path.includes('/storage/v1/object'),
}

function storageFault(fault: PlannedFault): HttpFault {
  const act = word(fault, 'act')
  if (act === 'refuse') return { act, status: num(fault, 'status') }
  if (act === 'stall') return { act, ms: num(fault, 'ms') }
  return act === 'half' || act === 'lose' ? { act } : { act: 'cut' }
}

/** Rules that meet nothing within this time go. */
const rulesMs = 2_500

type Wanted = { rules: Rule[]; rule: Rule; what: string }

async function put(stage: Stage, { rules, rule, what }: Wanted): Promise<void> {
  const before = rule.times
  rules.push(rule)
  const drop = () => {
    rule.times = 0
  }
  stage.atEnd(drop)
  await waitFor(stage, rulesMs, () => rule.times === 0)
  if (rule.times === before) stage.missed(what)
  drop()
}

export const lineFaults = {
  async 'line-frozen'(fault, stage) {
    const line = lineOf(stage, fault)
    line.mode = 'freeze'
    await wait(num(fault, 'forMs'))
    line.mode = 'pass'
  },
  async 'line-cut'(fault, stage) {
    const line = lineOf(stage, fault)
    line.mode = 'refuse'
    cutAll(line)
    await wait(num(fault, 'forMs'))
    line.mode = 'pass'
  },
  async 'line-slow'(fault, stage) {
    const line = lineOf(stage, fault)
    line.latencyMs = num(fault, 'latencyMs')
    await wait(num(fault, 'forMs'))
    line.latencyMs = 0
  },
  'answer-lost'(fault, stage) {
    const call = word(fault, 'call')
    const { rules } = boxOf(stage, fault).control
    const matches: Rule['matches'] = ({ path }) => path.includes(call)
    const rule: Rule = { matches, fault: { act: 'lose' }, times: num(fault, 'times') }
    return put(stage, { rules, rule, what: `answer-lost of ${call}` })
  },
  'commits-unheard'(fault, stage) {
    const { rules } = word(fault, 'line') === 'api' ? stage.stack.api : stage.stack.page
    const matches: Rule['matches'] = ({ method, path }) =>
      method === 'POST' && (path.includes('/rest/v1/rpc/') || path.includes('forge.'))
    const rule: Rule = { matches, fault: { act: 'lose' }, times: num(fault, 'times') }
    return put(stage, { rules, rule, what: fault.kind })
  },
  'storage-fails'(fault, stage) {
    const matches = doors[word(fault, 'door')]
    if (matches === undefined) throw new Error('the plan names a door that is not there')
    const rule: Rule = { matches, fault: storageFault(fault), times: num(fault, 'times') }
    return put(stage, { rules: stage.stack.api.rules, rule, what: `storage-fails at ${word(fault, 'door')}` })
  },
} as const satisfies Record<string, Injector>
