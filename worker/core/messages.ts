import { z } from 'zod'

/** Parsed messages drop what is not named here: tracebacks and tensor dumps never get past this file. */
const forPrompt = z.object({ prompt_id: z.string() })

export const imageRef = z.object({
  filename: z.string().min(1),
  subfolder: z.string().default(''),
  type: z.string().default('output'),
})
export type ImageRef = z.infer<typeof imageRef>

export const executionError = z.object({
  node_type: z.string().default(''),
  exception_type: z.string().default(''),
  exception_message: z.string().default(''),
})
export type ExecutionError = z.infer<typeof executionError>

const nodeState = z.object({ value: z.number(), max: z.number(), state: z.string() })

export const comfyMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('status'), data: z.object({ sid: z.string().optional() }) }),
  z.object({ type: z.literal('execution_start'), data: forPrompt }),
  z.object({ type: z.literal('execution_cached'), data: forPrompt.extend({ nodes: z.array(z.string()) }) }),
  z.object({
    type: z.literal('progress_state'),
    data: forPrompt.extend({ nodes: z.record(z.string(), nodeState) }),
  }),
  // After a reconnect ComfyUI names the running node without saying whose prompt it is.
  z.object({
    type: z.literal('executing'),
    data: z.object({ node: z.string().nullable(), prompt_id: z.string().optional() }),
  }),
  z.object({
    type: z.literal('progress'),
    data: forPrompt.extend({ node: z.string().nullable(), value: z.number(), max: z.number() }),
  }),
  z.object({ type: z.literal('executed'), data: forPrompt.extend({ node: z.string() }) }),
  z.object({ type: z.literal('execution_success'), data: forPrompt }),
  z.object({ type: z.literal('execution_error'), data: forPrompt.extend(executionError.shape) }),
  z.object({ type: z.literal('execution_interrupted'), data: forPrompt }),
])
export type ComfyMessage = z.infer<typeof comfyMessage>

/** A text frame of ComfyUI's socket, or null for a kind that this worker does not use (new versions add some). */
export function parseMessage(text: string): ComfyMessage | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const parsed = comfyMessage.safeParse(json)
  return parsed.success ? parsed.data : null
}

/** Whose prompt a message is about; undefined for broadcasts. */
export function promptOf(message: ComfyMessage): string | undefined {
  return 'prompt_id' in message.data ? message.data.prompt_id : undefined
}
