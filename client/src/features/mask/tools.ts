import { createStore } from '#client/lib/store.ts'
import { fitted } from './core/view.ts'
import type { View } from './core/view.ts'
import type { Colour } from './core/overlay.ts'

export const toolNames = ['brush', 'erase', 'rectangle', 'ellipse', 'lasso', 'fill', 'grid'] as const
export type ToolName = (typeof toolNames)[number]

export const colourNames = ['ember', 'quench', 'slag', 'chalk'] as const
export type ColourName = (typeof colourNames)[number]
export const colours: Record<ColourName, Colour> = {
  ember: [0xff, 0x6b, 0x1f],
  quench: [0x86, 0xb9, 0xcf],
  slag: [0xff, 0x5c, 0x7a],
  chalk: [0xf3, 0xf0, 0xeb],
}

/** Diameter of a brush in pixels of the work image. */
export const brushRange = { min: 1, max: 400 } as const

export type Tools = {
  tool: ToolName
  /** Diameters; brush and eraser remember their own. */
  sizes: { brush: number; erase: number }
  /** Whether a pen's pressure narrows the brush. */
  pressure: boolean
  /** Fingers move the picture and only the pen paints. */
  penMode: boolean
  /** Pen mode was left by hand: the pen does not turn it on again. */
  penLeft: boolean
  colour: ColourName
  opacity: number
  hidden: boolean
}

const standard: Tools = {
  tool: 'brush',
  sizes: { brush: 76, erase: 76 },
  pressure: true,
  penMode: false,
  penLeft: false,
  colour: 'ember',
  opacity: 0.5,
  hidden: false,
}

const key = 'forge-mask-tools'

function read(): Tools {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Tools>
    return { ...standard, ...kept, penMode: false, penLeft: false, hidden: false }
  } catch {
    return standard
  }
}

export const toolsStore = createStore<Tools>(read())
toolsStore.subscribe(() => {
  try {
    localStorage.setItem(key, JSON.stringify(toolsStore.get()))
  } catch {
    // Storage is full or off: tools are as they were next time.
  }
})

export function patchTools(patch: Partial<Tools>): void {
  toolsStore.set({ ...toolsStore.get(), ...patch })
}

/** The diameter that counts now: the eraser has its own, everything else the brush's. */
export function sizeNow({ tool, sizes }: Tools): number {
  return tool === 'erase' ? sizes.erase : sizes.brush
}

export function setSize(size: number): void {
  const tools = toolsStore.get()
  const held = Math.min(brushRange.max, Math.max(brushRange.min, Math.round(size)))
  const which = tools.tool === 'erase' ? 'erase' : 'brush'
  patchTools({ sizes: { ...tools.sizes, [which]: held } })
}

/** The next size up or down: a tenth, never less than a pixel; `fine` is exactly one pixel. */
export function stepSize(direction: 1 | -1, fine: boolean): void {
  const size = sizeNow(toolsStore.get())
  setSize(size + direction * (fine ? 1 : Math.max(1, Math.round(size / 10))))
}

/** What is seen of the picture, and how large one of its pixels is. */
export const viewStore = createStore<{ view: View; zoom: number }>({ view: fitted, zoom: 1 })
