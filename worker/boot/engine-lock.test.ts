import { expect, test } from 'vitest'
import { EngineTaken, lockEngine } from './engine-lock.ts'

test('one ComfyUI has one worker, however its address is written', async () => {
  const first = await lockEngine('http://127.0.0.1:58188')
  await expect(lockEngine('http://localhost:58188/')).rejects.toThrow(EngineTaken)
  const other = await lockEngine('http://127.0.0.1:58189')

  await first.release()
  const next = await lockEngine('http://127.0.0.1:58188')
  await Promise.all([next.release(), other.release()])
})
