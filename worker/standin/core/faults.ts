import { z } from 'zod'

const times = { count: z.int().positive().default(1) }
const step = z.int().positive().default(1)
const ms = z.int().nonnegative()

/** Every switch. `count` is how often it fires before it is spent; README.md says what each does. */
export const Fault = z.discriminatedUnion('fault', [
  z.object({ fault: z.literal('mute'), after: z.int().nonnegative().default(0), ...times }),
  z.object({ fault: z.literal('close'), after: z.int().nonnegative().default(0), ...times }),
  z.object({ fault: z.literal('stall'), ms, ...times }),
  z.object({ fault: z.literal('orphan'), ...times }),
  z.object({ fault: z.literal('answer-late'), ms: ms.default(30_000), ...times }),
  z.object({ fault: z.literal('history-lag'), ms, afterNull: z.boolean().default(true), ...times }),
  z.object({ fault: z.literal('hang'), step, deaf: z.boolean().default(false), ...times }),
  z.object({ fault: z.literal('drop-reply'), ...times }),
  z.object({ fault: z.literal('reject'), status: z.int().min(400).max(599).default(500), ...times }),
  z.object({ fault: z.literal('oom'), step, ...times }),
  z.object({ fault: z.literal('runtime-error'), step, message: z.string().default('boom'), ...times }),
  z.object({ fault: z.literal('black-output'), previews: z.boolean().default(false), ...times }),
  z.object({ fault: z.literal('deaf-end'), ms, ...times }),
  z.object({ fault: z.literal('partly-accepted'), ...times }),
  z.object({ fault: z.literal('empty-output'), ...times }),
  z.object({ fault: z.literal('truncated-output'), ...times }),
  z.object({ fault: z.literal('missing-model'), file: z.string(), ...times }),
  z.object({ fault: z.literal('restart'), downMs: ms.default(300), ...times }),
  z.object({ fault: z.literal('slow-view'), ms, ...times }),
  z.object({ fault: z.literal('missing-view'), ...times }),
  z.object({ fault: z.literal('worker-death'), ...times }),
])
export type Fault = z.infer<typeof Fault>
export type FaultInput = z.input<typeof Fault>
type Kind = Fault['fault']
type Of<K extends Kind> = Extract<Fault, { fault: K }>

/** The armed switches of one stand-in. Arming order is firing order. */
export class Faults {
  private armed: Fault[] = []
  private readonly spent: { fault: Kind; at: number }[] = []
  private readonly onArm: (fault: Fault) => void

  /** @param onArm called for each new switch, so those that act at once can */
  constructor(onArm: (fault: Fault) => void) {
    this.onArm = onArm
  }

  arm(input: FaultInput): void {
    const fault = Fault.parse(input)
    this.armed.push(fault)
    this.onArm(fault)
  }

  clear(): void {
    this.armed = []
  }

  peek<K extends Kind>(kind: K, when: (fault: Of<K>) => boolean = () => true): Of<K> | null {
    const found = this.armed.find((fault): fault is Of<K> => fault.fault === kind && when(fault as Of<K>))
    return found ?? null
  }

  /** Fires the first matching switch: lowers its count, drops it at zero. null when none is armed. */
  take<K extends Kind>(kind: K, when?: (fault: Of<K>) => boolean): Of<K> | null {
    const fault = this.peek(kind, when)
    if (fault === null) return null
    fault.count -= 1
    if (fault.count <= 0) this.armed = this.armed.filter((other) => other !== fault)
    this.spent.push({ fault: kind, at: Date.now() })
    return fault
  }

  report(): { armed: Fault[]; fired: { fault: Kind; at: number }[] } {
    return { armed: [...this.armed], fired: [...this.spent] }
  }
}
