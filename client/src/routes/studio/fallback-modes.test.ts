import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { fallbackModes } from './fallback-modes.ts'

test('what is shown before the server answers is what the manifests say, so that nothing moves', async () => {
  for (const mode of fallbackModes) {
    const file = new URL(`../../../../workflows/${mode.key}/manifest.json`, import.meta.url)
    const { title, summary, price, inputs } = JSON.parse(await readFile(file, 'utf8')) as typeof mode
    expect({ title, summary, price, inputs }).toEqual({
      title: mode.title,
      summary: mode.summary,
      price: mode.price,
      inputs: mode.inputs,
    })
  }
})
