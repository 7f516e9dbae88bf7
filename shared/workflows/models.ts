import { z } from 'zod'

/** Folders of ComfyUI's `models/` that the project's loaders read. */
export const modelFolders = [
  'checkpoints',
  'diffusion_models',
  'text_encoders',
  'vae',
  'loras',
  'controlnet',
  'ipadapter',
  'clip_vision',
  'geometry_estimation',
] as const
export type ModelFolder = (typeof modelFolders)[number]

const key = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,79}$/)

/** Where a file comes from: a Hugging Face repository at a revision, any other https address, or the operator himself. */
const source = z.union([
  z.strictObject({
    repo: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
    path: z.string().min(1),
    revision: z.string().min(1),
  }),
  z.strictObject({ url: z.url({ protocol: /^https$/ }) }),
  z.strictObject({ operator: z.string().min(1) }),
])

/**
 * What the safetensors header must say, whatever the file is called: tensors that are in it, tensors that are not, and
 * lengths of axes that tell two models of one layout apart. `architecture` names the layout for logs and tables.
 */
const format = z.strictObject({
  architecture: key,
  keys: z.array(z.string().min(1)).default([]),
  absent: z.array(z.string().min(1)).default([]),
  axes: z.array(z.strictObject({ key: z.string().min(1), axis: z.int().min(0), length: z.int().min(1) })).default([]),
})

export const modelFile = z.strictObject({
  key,
  /** Name in the folder, as the graphs' loaders spell it. */
  file: z.string().regex(/^[\w.-]+\.safetensors$/),
  folder: z.enum(modelFolders),
  source,
  /** Size of the whole file; null = not published where it could be read, so the host's own answer counts. */
  bytes: z.int().min(1).nullable(),
  /** Lower-case hex of the whole file; null = not published: size and header decide. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  licence: z.string().min(1),
  /** `non-commercial`: a paid job is refused unless the operator states a licence for this key. */
  licenceKind: z.enum(['free', 'non-commercial']),
  /** The host asks for an account that accepted its terms, so a token goes with the download. */
  gated: z.boolean(),
  /** Slug at which Black Forest Labs counts commercial generations; null = nothing is reported. */
  usageSlug: z.string().min(1).nullable().default(null),
  format,
})
export type ModelFile = z.infer<typeof modelFile>

function repeated(values: readonly string[]): string[] {
  return values.filter((value, at) => values.indexOf(value) !== at)
}

/** Every file the graphs name. One key, one file; one place on disk, one key. */
export const modelList = z
  .array(modelFile)
  .superRefine((files, context) => {
    const twice = [
      ...repeated(files.map((file) => file.key)),
      ...repeated(files.map((file) => `${file.folder}/${file.file}`)),
    ]
    for (const name of twice) context.addIssue({ code: 'custom', message: `model twice: ${name}` })
  })
  .readonly()
export type ModelList = z.infer<typeof modelList>

/** A list from parsed JSON; throws `z.ZodError` naming each bad field. */
export function parseModels(json: unknown): ModelList {
  return modelList.parse(json)
}
