import { z } from 'zod'

const commas = z.string().transform((text) => text.split(',').flatMap((word) => word.trim() || []))

/** The server's environment about rented boxes; every name is explained in server/README.md. */
export const capacityShape = {
  /** Key of the RunPod account that boxes are rented from; absent = none is ever asked for. */
  RUNPOD_API_KEY: z.string().min(1).optional(),
  /** A queue endpoint that is woken for boxes, and the most that one of its workers costs an hour. */
  RUNPOD_ENDPOINT_ID: z
    .string()
    .regex(/^[\w-]+$/)
    .optional(),
  RUNPOD_ENDPOINT_USD_PER_HOUR: z.coerce.number().positive().default(1.2),
  /** On-demand pods: an image or a template, GPU types in order, and the most that one costs an hour. */
  RUNPOD_POD_IMAGE: z.string().min(1).optional(),
  RUNPOD_POD_TEMPLATE_ID: z.string().min(1).optional(),
  RUNPOD_POD_GPUS: commas.default(['NVIDIA GeForce RTX 4090']),
  RUNPOD_POD_CLOUD: z.enum(['SECURE', 'COMMUNITY']).default('SECURE'),
  RUNPOD_POD_DISK_GB: z.coerce.number().int().min(1).optional(),
  RUNPOD_POD_USD_PER_HOUR: z.coerce.number().positive().default(0.8),
  RUNPOD_API_URL: z.url().default('https://api.runpod.io'),
  RUNPOD_JOBS_URL: z.url().default('https://api.runpod.ai'),
  /** What rented boxes can run (`mode/variant`, with commas); absent = everything. */
  CAPACITY_TEMPLATES: commas.optional(),
  /** Where a rented box finds this server; absent = PUBLIC_URL. */
  CAPACITY_SERVER_URL: z
    .url()
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
} as const

export const capacityEnv = z.object(capacityShape)
export type CapacityEnv = z.infer<typeof capacityEnv>
