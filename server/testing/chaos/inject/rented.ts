import { setTimeout as wait } from 'node:timers/promises'
import {
  type Fate,
  fates,
  type FaultKind,
  faultKinds,
  type Operation,
  operations,
} from '#server/standin/runpod/faults.ts'
import type { Rented } from '../rented.ts'
import { type Injector, num, releaseBoxes, type Stage, waitFor, word } from './stage.ts'

function rentedOf({ stack }: Stage): Rented {
  if (stack.rented === null) throw new Error('the plan rents boxes, and nobody lets any')
  return stack.rented
}

/** How long boxes are waited for before those of the house come back. */
const aloneMs = 5_000

const operationOf = (name: string): Operation | undefined => operations.find((one) => one === name)
const kindOf = (name: string): FaultKind | undefined => faultKinds.find((one) => String(one) === name)
const fateOf = (name: string): Fate | undefined => fates.find((one) => one === name)

/** What the boxes of the house leave undone until it is over is the rented ones' to do. */
async function alone(stage: Stage): Promise<void> {
  await waitFor(stage, aloneMs * stage.patience, () => false)
  releaseBoxes(stage.stack)
}

export const rentedFaults = {
  'rent-fails': (fault, stage) => {
    const { faults } = rentedOf(stage).standin
    const [operation, kind] = [operationOf(word(fault, 'operation')), kindOf(word(fault, 'how'))]
    if (operation === undefined || kind === undefined) throw new Error('the plan names a failure that is not there')
    faults.fail(operation, kind, { times: num(fault, 'times') })
    return alone(stage)
  },
  'rented-box-ends': (fault, stage) => {
    const fate = fateOf(word(fault, 'fate'))
    if (fate === undefined) throw new Error('the plan names a fate that is not there')
    rentedOf(stage).standin.faults.doom(fate, num(fault, 'times'))
    return alone(stage)
  },
  async 'rented-box-killed'(_fault, stage) {
    let killed = 0
    await waitFor(stage, aloneMs * stage.patience, () => (killed += rentedOf(stage).kill()) > 0)
    if (killed === 0) stage.missed('rented-box-killed')
    return alone(stage)
  },
  async 'rent-away'(fault, stage) {
    const { line } = rentedOf(stage)
    line.mode = word(fault, 'how') === 'freeze' ? 'freeze' : 'refuse'
    await wait(num(fault, 'forMs'))
    line.mode = 'pass'
    return alone(stage)
  },
} as const satisfies Record<string, Injector>
