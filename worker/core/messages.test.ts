import { describe, expect, it } from 'vitest'
import { parseMessage, promptOf } from './messages.ts'

const text = (type: string, data: unknown) => JSON.stringify({ type, data })

describe('parseMessage', () => {
  it('pitfall 24: keeps what is used and drops tensors, tracebacks and prompt text', () => {
    const message = parseMessage(
      text('execution_error', {
        prompt_id: 'p',
        node_id: 'boom',
        node_type: 'KSampler',
        exception_type: 'RuntimeError',
        exception_message: 'boom\n',
        traceback: ['File "/opt/secret.py"'],
        current_inputs: { text: ['a private prompt'] },
      }),
    )

    expect(JSON.stringify(message)).not.toMatch(/secret|private/)
    expect(message).toMatchObject({ type: 'execution_error', data: { node_type: 'KSampler' } })
  })

  it('reads the end of a prompt, and the nameless node after a reconnect', () => {
    expect(parseMessage(text('executing', { node: null, prompt_id: 'p' }))).toEqual({
      type: 'executing',
      data: { node: null, prompt_id: 'p' },
    })
    const nameless = parseMessage(text('executing', { node: 's' }))
    expect(nameless && promptOf(nameless)).toBeUndefined()
  })

  it('answers null for unknown kinds, broken JSON and broken fields', () => {
    expect([
      parseMessage(text('crystools.monitor', {})),
      parseMessage('{'),
      parseMessage('7'),
      parseMessage(text('progress', { value: 'x' })),
    ]).toEqual([null, null, null, null])
  })
})
