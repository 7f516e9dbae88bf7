import { z } from 'zod'

export const predictionStatuses = ['starting', 'processing', 'succeeded', 'failed', 'canceled', 'aborted'] as const

/** Only what is read of it: https://replicate.com/docs/reference/http#predictions.get */
export const prediction = z.object({
  id: z.string().regex(/^[a-z0-9]{8,64}$/),
  model: z.string().optional(),
  status: z.enum(predictionStatuses),
  input: z.record(z.string(), z.unknown()).nullish(),
  output: z.unknown().optional(),
  error: z.unknown().optional(),
  logs: z.string().nullish(),
  created_at: z.iso.datetime({ offset: true }),
  started_at: z.iso.datetime({ offset: true }).nullish(),
  /** True an hour after it ended: inputs, outputs and logs are gone. */
  data_removed: z.boolean().optional(),
  metrics: z.object({ predict_time: z.number().optional() }).nullish(),
})
export type Prediction = z.infer<typeof prediction>

export const predictionPage = z.object({ next: z.url().nullable(), results: z.array(prediction) })

export const uploadedFile = z.object({ id: z.string().min(1), urls: z.object({ get: z.url() }) })
export type UploadedFile = z.infer<typeof uploadedFile>

export const account = z.object({ username: z.string() })

/** The live schema of a model's input: which names it takes. */
export const model = z.object({
  latest_version: z
    .object({
      openapi_schema: z.object({
        components: z.object({
          schemas: z.object({ Input: z.object({ properties: z.record(z.string(), z.unknown()) }) }),
        }),
      }),
    })
    .nullable(),
})

export const problem = z.object({ title: z.string().optional(), detail: z.unknown().optional() })

/** True once nothing can change it any more. */
export function isTerminal({ status }: Pick<Prediction, 'status'>): boolean {
  return status !== 'starting' && status !== 'processing'
}
