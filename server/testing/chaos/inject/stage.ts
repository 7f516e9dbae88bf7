import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Offence } from '../check.ts'
import type { PlannedFault } from '../plan.ts'
import type { Box, ChaosStack } from '../stack.ts'
import type { Watcher } from '../watcher.ts'

/** Where faults are put. */
export type Stage = {
  stack: ChaosStack
  watchers: readonly Watcher[]
  /** How many times longer than on an idle machine everything takes. */
  patience: number
  /** True once everybody has pressed and nothing is open: whatever a fault waits for will not come any more. */
  isCalm: () => boolean
  /** Told of a fault that nothing has met: the moment it waited for did not come. */
  missed: (what: string) => void
  /** Told of a promise that was broken before its eyes. */
  broke: (offence: Offence) => void
  /** Adds something that must be undone at the end of the run even when the fault itself fails to. */
  atEnd: (undo: () => unknown) => void
}

/** Puts one fault in; resolves when it is over. */
export type Injector = (fault: PlannedFault, stage: Stage) => Promise<void>

const number = z.number()
const text = z.string()

/** A number or word that the plan holds for a fault. Throws when it does not. */
export const num = (fault: PlannedFault, name: string) => number.parse(fault[name])
export const word = (fault: PlannedFault, name: string) => text.parse(fault[name])

/** Waits until `happened`, until nothing more can, or `ms` at most. */
export async function waitFor(
  { isCalm }: Pick<Stage, 'isCalm'>,
  ms: number,
  happened: () => boolean | Promise<boolean>,
): Promise<void> {
  const due = performance.now() + ms
  while (!isCalm() && performance.now() < due && !(await happened())) await wait(50)
}

export function releaseBoxes({ boxes }: ChaosStack): void {
  for (const { worker } of boxes) worker.signal('SIGCONT')
}

/** Stops both boxes' workers in the midst of what they do. */
export function holdBoxes({ stack, atEnd }: Pick<Stage, 'stack' | 'atEnd'>): void {
  for (const { worker } of stack.boxes) worker.signal('SIGSTOP')
  atEnd(() => releaseBoxes(stack))
}

/** The box that a fault names. */
export function boxOf({ stack }: Stage, fault: PlannedFault): Box {
  const box = stack.boxes[num(fault, 'box')]
  if (box === undefined) throw new Error('the plan names a box that is not there')
  return box
}
