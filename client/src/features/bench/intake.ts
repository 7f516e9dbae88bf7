import { imageLimits } from '#shared/assets/rules.ts'
import type { InputRole } from '#shared/jobs/rules.ts'
import { createStore } from '#client/lib/store.ts'
import { intakeProblems } from '#client/app/bench-copy.ts'
import { copy } from '#client/app/copy.ts'
import { modeDraft } from './core/draft.ts'
import type { FileProblem } from './core/inspect.ts'
import type { Size } from './core/size.ts'
import { landingRole, withImage } from './core/slots.ts'
import type { BenchImage, Input } from './core/slots.ts'
import { draftStore, patchMode } from './draft-store.ts'
import { rememberOriginal } from './originals.ts'
import { prepareImage } from './prepare.ts'
import type { Prepared } from './prepare.ts'

/** What is happening to files that were handed in; a problem is one sentence, and the bench is unchanged. */
export type IntakeState = {
  /** Files that are being made ready, and the sizes of the newest once they are known. */
  preparing: { count: number; from: Size | null; to: Size | null } | null
  /** By role: what was wrong with the files handed in last. */
  problems: Partial<Record<InputRole, readonly string[]>>
}

/** What takes images in: a mode, by its key and inputs. */
export type Bench = { key: string; inputs: readonly Input[] }

/** Where files are meant to go. Without one they go where there is room. */
export type Target = { role: InputRole; instead: string | null }

/** `problem`: known before it was looked into. */
export type HandedIn = { blob: Blob; name: string; asset?: BenchImage['asset']; problem?: FileProblem }

export const intakeStore = createStore<IntakeState>({ preparing: null, problems: {} })

/** Which file was handed in last for a role that holds one: it wins. */
const turns = new Map<string, number>()

function sentence(problem: FileProblem, bytes: number): string {
  return problem === 'too-large' ? intakeProblems['too-large'](bytes, imageLimits.fileBytes) : intakeProblems[problem]()
}

/** Says one sentence beside a slot without touching the bench. */
export function sayProblem(role: InputRole, problem: string): void {
  const state = intakeStore.get()
  intakeStore.set({ ...state, problems: { ...state.problems, [role]: [...(state.problems[role] ?? []), problem] } })
}

function forget(role: InputRole): void {
  const { preparing, problems } = intakeStore.get()
  intakeStore.set({ preparing, problems: { ...problems, [role]: [] } })
}

function working(by: 1 | -1, sizes: { from: Size; to: Size } | null = null): void {
  const { preparing, problems } = intakeStore.get()
  const count = (preparing?.count ?? 0) + by
  intakeStore.set({
    problems,
    preparing: count > 0 ? { count, from: sizes?.from ?? null, to: sizes?.to ?? null } : null,
  })
}

type Place = { input: Input; instead: string | null }

/** A file made ready for a place, or why it was not; null when a later one took its place meanwhile. */
async function makeReady(file: HandedIn, bench: Bench, { input, instead }: Place): Promise<Prepared | null> {
  if (file.problem) return { kind: 'problem', problem: file.problem }
  const place = `${bench.key}:${input.role}:${instead ?? ''}`
  const turn = (turns.get(place) ?? 0) + 1
  turns.set(place, turn)
  const alone = input.max === 1 || instead !== null
  const late = () => alone && turns.get(place) !== turn
  working(1)
  const prepared = await prepareImage(file.blob, (from, to) => {
    const state = intakeStore.get()
    if (state.preparing && !late()) intakeStore.set({ ...state, preparing: { ...state.preparing, from, to } })
  })
  working(-1)
  return late() ? null : prepared
}

function put(file: HandedIn, prepared: Prepared, bench: Bench, { input, instead }: Place): boolean {
  if (prepared.kind === 'problem') {
    const said = sentence(prepared.problem, file.blob.size)
    sayProblem(input.role, input.max === 1 ? said : copy.bench.fileProblem(file.name, said))
    return false
  }
  const { blob, to: size, from } = prepared
  const facts = { name: file.name, blob, size, from, asset: file.asset ?? null }
  const image = { ...facts, key: crypto.randomUUID(), work: null, crop: null, original: null }
  rememberOriginal(image.key, file.blob)
  patchMode(bench.key, { slots: withImage(modeDraft(draftStore.get(), bench.key).slots, input, image, instead) })
  return true
}

/** Which role each of several files goes to, as if they had been handed in one by one. */
function landings(count: number, bench: Bench, target: Target | null): Place[] {
  let { slots } = modeDraft(draftStore.get(), bench.key)
  return Array.from({ length: count }, (_, index) => {
    const instead = index === 0 ? (target?.instead ?? null) : null
    const wanted = bench.inputs.find(({ role }) => role === target?.role)
    const fits = wanted && (index === 0 || wanted.max > 1) ? wanted.role : landingRole(bench.inputs, slots)
    const input = bench.inputs.find(({ role }) => role === fits)
    if (!input) return []
    const stand = {
      key: `coming-${index}`,
      name: '',
      blob: new Blob(),
      asset: null,
      work: null,
      crop: null,
      original: null,
    }
    const size = { width: 1, height: 1 }
    slots = withImage(slots, input, { ...stand, size, from: size }, instead)
    return [{ input, instead }]
  }).flat()
}

/** A file that could not be opened for want of a network is tried once more when there is one. */
function takeWhenBack(file: HandedIn, bench: Bench, { input, instead }: Place): void {
  const again = () => void takeFiles([file], bench, { role: input.role, instead })
  window.addEventListener('online', again, { once: true })
}

/**
 * Puts files on the bench of a mode, or says beside the slot why not. Several at once are made ready in parallel and
 * go where there is room, in order; what is too many is left out. Resolves to whether any is there.
 */
export async function takeFiles(files: readonly HandedIn[], bench: Bench, target: Target | null): Promise<boolean> {
  const room = bench.inputs.reduce((sum, { max }) => sum + max, 0)
  const places = landings(Math.min(files.length, room), bench, target)
  for (const role of new Set(places.map(({ input }) => input.role))) forget(role)
  const last = places.at(-1)
  if (last && files.length > room) sayProblem(last.input.role, copy.bench.leftOut(files.length - room))
  const ready = places.map((place, index) => {
    const file = files[index]
    return { file, place, prepared: file ? makeReady(file, bench, place) : Promise.resolve(null) }
  })
  let taken = false
  // Made ready side by side, put there in the order they were handed in.
  for (const { file, place, prepared } of ready) {
    const result = await prepared
    if (file && result && put(file, result, bench, place)) taken = true
    if (file && result?.kind === 'problem' && result.problem === 'offline') takeWhenBack(file, bench, place)
  }
  return taken
}

/** Fetches a picture by address (a sample, a result) and puts it on the bench. */
export async function takeUrl(
  picture: { url: string; name: string; asset?: BenchImage['asset'] },
  bench: Bench,
  target: Target | null,
): Promise<boolean> {
  const { url, name, asset } = picture
  const blob = await fetch(url)
    .then((response) => (response.ok ? response.blob() : null))
    .catch(() => null)
  if (blob) return takeFiles([{ blob, name, ...(asset ? { asset } : {}) }], bench, target)
  const role = target?.role ?? bench.inputs[0]?.role
  if (role) sayProblem(role, copy.result.unavailable)
  return false
}

/** Reads the clipboard after a press of Paste; the browser may ask first. */
export async function takeClipboard(bench: Bench): Promise<boolean> {
  const items = await navigator.clipboard.read().catch(() => [])
  for (const item of items) {
    const type = item.types.find((one) => one.startsWith('image/'))
    if (type) return takeFiles([{ blob: await item.getType(type), name: copy.bench.pasted }], bench, null)
  }
  const role = bench.inputs[0]?.role
  if (role) sayProblem(role, intakeProblems['clipboard-empty']())
  return false
}
