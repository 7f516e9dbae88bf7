import { imageLimits } from '#shared/assets/rules.ts'
import { createStore } from '#client/lib/store.ts'
import { copy, intakeProblems } from '#client/app/copy.ts'
import type { FileProblem } from './core/inspect.ts'
import type { Size } from './core/size.ts'
import { patchDraft } from './draft-store.ts'
import { prepareImage } from './prepare.ts'

/** What is happening to the file that was handed in last; `problem` is one sentence, and the bench is unchanged. */
export type IntakeState = {
  preparing: { from: Size | null; to: Size | null } | null
  problem: string | null
}

export const intakeStore = createStore<IntakeState>({ preparing: null, problem: null })

let turn = 0

function sentence(problem: FileProblem, bytes: number): string {
  return problem === 'too-large' ? intakeProblems['too-large'](bytes, imageLimits.fileBytes) : intakeProblems[problem]()
}

/** Says one sentence beside the slot without touching the bench. */
export function sayProblem(problem: string): void {
  intakeStore.set({ ...intakeStore.get(), problem })
}

/** Puts a file on the bench, or says why not. The file handed in last wins. Resolves to whether it is there. */
export async function takeFile(file: Blob, name: string): Promise<boolean> {
  turn += 1
  const mine = turn
  intakeStore.set({ preparing: { from: null, to: null }, problem: null })
  const prepared = await prepareImage(file, (from, to) => {
    if (mine === turn) intakeStore.set({ preparing: { from, to }, problem: null })
  })
  if (mine !== turn) return false
  if (prepared.kind === 'problem') {
    intakeStore.set({ preparing: null, problem: sentence(prepared.problem, file.size) })
    return false
  }
  const image = {
    key: crypto.randomUUID(),
    name,
    blob: prepared.blob,
    size: prepared.to,
    from: prepared.from,
    asset: null,
  }
  patchDraft({ image })
  intakeStore.set({ preparing: null, problem: null })
  return true
}

/** Fetches a picture by address (a sample, a result) and puts it on the bench. */
export async function takeUrl(url: string, name: string): Promise<boolean> {
  const blob = await fetch(url)
    .then((response) => (response.ok ? response.blob() : null))
    .catch(() => null)
  if (blob) return takeFile(blob, name)
  sayProblem(copy.result.unavailable)
  return false
}

/** Reads the clipboard after a press of Paste; the browser may ask first. */
export async function takeClipboard(): Promise<boolean> {
  const items = await navigator.clipboard.read().catch(() => [])
  for (const item of items) {
    const type = item.types.find((one) => one.startsWith('image/'))
    if (type) return takeFile(await item.getType(type), copy.bench.pasted)
  }
  sayProblem(intakeProblems['clipboard-empty']())
  return false
}
