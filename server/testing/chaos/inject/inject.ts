import type { FaultKind } from '../fault-kinds.ts'
import type { PlannedFault } from '../plan.ts'
import { databaseFaults } from './database.ts'
import { engineFaults } from './engine.ts'
import { lateFaults } from './late.ts'
import { lineFaults } from './lines.ts'
import { moneyFaults } from './money.ts'
import { pageFaults } from './page.ts'
import { processFaults } from './processes.ts'
import { providerFaults } from './provider.ts'
import { rentedFaults } from './rented.ts'
import type { Injector } from './stage.ts'

/** How each kind is done. One without an entry does not compile. */
export const injectors: Readonly<Record<FaultKind, Injector>> = {
  ...processFaults,
  ...engineFaults,
  ...lineFaults,
  ...lateFaults,
  ...databaseFaults,
  ...pageFaults,
  ...moneyFaults,
  ...providerFaults,
  ...rentedFaults,
}

export const inject = (fault: PlannedFault, stage: Parameters<Injector>[1]) => injectors[fault.kind](fault, stage)
