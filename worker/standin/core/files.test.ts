import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Folders } from './files.ts'
import { readPngText, withPngText } from './png-text.ts'
import { testImage } from '../testing/client.ts'

const folders = new Folders(mkdtempSync(join(tmpdir(), 'standin-files-')))
afterAll(() => folders.remove())

test('paths never leave their folder', () => {
  expect(folders.path('input', '../..', 'x')).toBeNull()
  expect(folders.path('input', '', '/etc/passwd')).toBeNull()
  expect(folders.path('input', '', '')).toBeNull()
  expect(folders.path('input', 'a/..', 'x')).toMatch(/input\/x$/)
})

test('output counters go on per prefix', () => {
  const body = Buffer.from('x')
  expect(folders.write('output', 'forge/job', body)).toEqual({
    filename: 'job_00001_.png',
    subfolder: 'forge',
    type: 'output',
  })
  expect(folders.write('output', 'forge/job', body).filename).toBe('job_00002_.png')
  expect(folders.write('output', 'forge/other', body).filename).toBe('other_00001_.png')
  expect(() => folders.write('output', '../job', body)).toThrow('outside')
})

test('input names may say another folder', () => {
  const { filename } = folders.write('temp', 'made', Buffer.from('x'))
  expect(folders.annotated(`${filename} [temp]`)).toContain(filename)
  expect(folders.annotated(filename)).toBeNull()
  expect(folders.annotated(7)).toBeNull()
})

test('the mark of a file follows its bytes', () => {
  folders.store('input', { subfolder: '', name: 'a.png', body: Buffer.from('one'), overwrite: true })
  const first = folders.mark('a.png')
  writeFileSync(folders.annotated('a.png') ?? '', 'two')
  expect(folders.mark('a.png')).not.toBe(first)
  expect(folders.mark('gone.png')).toBe('')
})

test('PNG texts can be read back, beyond ASCII as JSON escapes', async () => {
  const texts = readPngText(withPngText(await testImage(8), { prompt: JSON.stringify('é'), forge_standin: '1' }))
  expect(texts).toEqual({ prompt: '"\\u00e9"', forge_standin: '1' })
})
