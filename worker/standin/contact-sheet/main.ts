import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import sharp from 'sharp'
import { applyToy } from '#worker/boot/apply-toy.ts'
import { loadCatalog } from '#worker/boot/load-catalog.ts'
import type { Template } from '#worker/core/bind-graph.ts'
import { startStandin } from '../standin.ts'
import { layOut } from './lay-out.ts'
import type { Cell } from './lay-out.ts'
import { makeImage, maskImage, sampleImage } from './make-image.ts'
import { sheets } from './plan.ts'
import type { Row } from './plan.ts'

const folder = path.join(import.meta.dirname, '../sheets')

/** Cells are shown small: this area tells all that the full one would, in a quarter of the time. */
const pixels = 640 * 640

const positions = { creativity: [0, 25, 50, 75, 100], chaos: [0, 25, 50, 75, 100], seed: [1, 2, 3] }

/** `npm run contact-sheet [-- mode …]`: what the stand-in makes of every mode, one sheet a mode, in `sheets/`. */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter((mode) => !Object.hasOwn(sheets, mode))
  if (unknown.length > 0) {
    process.stderr.write(`No sheet called ${unknown.join(', ')}. There are: ${Object.keys(sheets).join(', ')}\n`)
    process.exit(2)
  }
  const templates = await loadCatalog(path.join(import.meta.dirname, '../../../workflows'))
  await mkdir(folder, { recursive: true })
  const standin = await startStandin({ stepMs: 0, loadMs: 0 })
  try {
    const overview: Cell[][] = []
    for (const [mode, rows] of Object.entries(sheets)) {
      if (wanted.length > 0 && !wanted.includes(mode)) continue
      const drawn: Cell[][] = []
      for (const row of rows) {
        const template = templates.get(row.template)
        if (!template) throw new Error(`no template ${row.template}`)
        const small = applyToy(template, { pixels, steps: template.variant.steps })
        drawn.push([...(await inputCells(small, row)), ...(await resultCells(standin.url, small, row))])
      }
      overview.push((drawn.at(-1) ?? []).map(({ label, image }) => ({ label: label.split(' · ')[0] ?? label, image })))
      const file = path.join(folder, `${mode}.webp`)
      await writeFile(file, await layOut(`${mode} · stand-in, no model`, drawn))
      process.stdout.write(`${path.relative(process.cwd(), file)}\n`)
    }
    if (wanted.length === 0) {
      const title = `${Object.keys(sheets).join(', ')} · stand-in, no model`
      await writeFile(path.join(folder, 'overview.webp'), await layOut(title, overview, 116))
    }
  } finally {
    await standin.stop()
  }
}

async function inputCells(template: Template, row: Row): Promise<Cell[]> {
  const grid = template.variant.repaints ? template.variant : null
  const cells = await Promise.all(
    row.inputs.map(async ({ role, sample }): Promise<Cell> => ({
      label: role,
      image: (await sampleImage(sample, grid)).png,
    })),
  )
  const [first] = row.inputs
  if (!row.mask || !first) return cells
  const { size } = await sampleImage(first.sample, grid)
  return [
    ...cells,
    {
      label: 'mask',
      image: await sharp(await maskImage(row.mask, size))
        .png()
        .toBuffer(),
    },
  ]
}

async function resultCells(url: string, template: Template, row: Row): Promise<Cell[]> {
  const cells: Cell[] = []
  for (const position of positions[row.slider]) {
    const label = `${row.slider} ${position}${cells.length === 0 ? ` · ${row.template}: ${row.prompt || 'no prompt'}` : ''}`
    cells.push({ label, image: await makeImage(url, template, row, position) })
  }
  return cells
}

await main()
