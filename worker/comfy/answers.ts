import { z } from 'zod'
import { executionError, imageRef } from '#worker/core/messages.ts'

const outputs = z.record(z.string(), z.object({ images: z.array(imageRef).optional() }))

/** `GET /api/jobs/{id}`: ComfyUI's own truth about a prompt. */
export const jobAnswer = z.object({
  status: z.enum(['pending', 'in_progress', 'completed', 'failed', 'cancelled']),
  outputs: outputs.nullish(),
  execution_error: executionError.nullish(),
  execution_start_time: z.number().nullish(),
  execution_end_time: z.number().nullish(),
})
export type ComfyJob = z.infer<typeof jobAnswer>

/** `GET /history/{id}`: `{}` both for "running" and for "never heard of it". */
export const historyAnswer = z.record(z.string(), z.object({ outputs }))

const nodeErrors = z.record(
  z.string(),
  z.object({
    class_type: z.string().default(''),
    errors: z.array(
      z.object({ type: z.string().default(''), extra_info: z.object({ input_name: z.string() }).partial().nullish() }),
    ),
  }),
)
export type NodeErrors = z.infer<typeof nodeErrors>

/** 200 of `POST /prompt`; `node_errors` may be filled even then, when some outputs were dropped. */
export const submitAnswer = z.object({
  prompt_id: z.string(),
  node_errors: z.union([nodeErrors, z.array(z.unknown())]).optional(),
})

/** 400 of `POST /prompt`. */
export const refusalAnswer = z.object({
  error: z.union([z.string(), z.object({ type: z.string() })]),
  node_errors: z.union([nodeErrors, z.array(z.unknown())]).optional(),
})

export const uploadAnswer = z.object({ name: z.string().min(1), subfolder: z.string().default('') })

export const statsAnswer = z.object({
  system: z.object({
    comfyui_version: z.string().default('unknown'),
    forge_standin: z.boolean().default(false),
    argv: z.array(z.string()).default([]),
  }),
  devices: z
    .array(z.object({ name: z.string(), type: z.string().default(''), vram_total: z.number().default(0) }))
    .default([]),
})
export type ComfyStats = z.infer<typeof statsAnswer>

/** `GET /object_info`: class → input → its type, or its allowed values in one of two shapes. */
export const objectInfo = z.record(
  z.string(),
  z.object({
    input: z.object({
      required: z.record(z.string(), z.array(z.unknown())).optional(),
      optional: z.record(z.string(), z.array(z.unknown())).optional(),
    }),
  }),
)
export type ObjectInfo = z.infer<typeof objectInfo>
