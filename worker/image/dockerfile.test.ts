import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { validate } from 'dockerfile-utils'
import { expect, test } from 'vitest'

const dockerfile = readFileSync(join(import.meta.dirname, 'Dockerfile'), 'utf8')

test('the Dockerfile has no fault that its linter knows', () => {
  expect(validate(dockerfile).map(({ message, range }) => [range.start.line + 1, message])).toEqual([])
})

test('the image runs as nobody special, and holds no key', () => {
  const users = [...dockerfile.matchAll(/^USER (\S+)$/gm)].map(([, user]) => user)
  expect(users.at(-1)).toBe('forge')
  expect(dockerfile).not.toMatch(/FORGE_WORKER_KEY|HF_TOKEN|SECRET/)
})
