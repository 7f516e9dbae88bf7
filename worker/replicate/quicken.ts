// Preloaded into a provider's worker that a test starts as a process: its pauses are shorter, its rules the real ones.
import { quickTimes } from './testing-times.ts'
import { replicateTimes } from './parts.ts'

Object.assign(replicateTimes, quickTimes)
