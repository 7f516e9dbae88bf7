import { modelFolders } from '#shared/workflows/models.ts'
import { nodeClasses } from '#shared/workflows/node-classes.ts'
import models from '#workflows/models.json' with { type: 'json' }
import recorded from '../signatures.json' with { type: 'json' }

/** `["INT", {min, max}]`, `["IMAGE"]`, `[["a","b"], {}]` (old combo) or `["COMBO", {options}]` (new combo). */
export type InputSpec = [type: string | string[], config?: Record<string, unknown>]

export type Signature = {
  input: {
    required?: Record<string, InputSpec>
    optional?: Record<string, InputSpec>
    hidden?: Record<string, unknown>
  }
  output: string[]
  output_node: boolean
  display_name: string | null
}

/**
 * Signatures as ComfyUI 0.33 serves them at /object_info, for the node classes our graphs use.
 * The JSON is read-only data of this folder, checked by signatures.test.ts against this type.
 */
export const signatures = recorded as unknown as Readonly<Record<string, Signature>>

/** Folders that no model of ours lies in, but that ComfyUI lists. */
const bareFolders = ['style_models', 'upscale_models', 'embeddings']

/** Folder of model files → names. The stand-in holds no weights: it pretends to the files of `workflows/models.json`. */
export const modelFiles: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [...modelFolders, ...bareFolders].map((folder) => {
    const files = models.filter((model) => model.folder === folder).map((model) => model.file)
    // ComfyUI itself adds this one to the VAEs.
    return [folder, (folder === 'vae' ? [...files, 'pixel_space'] : files).sort()]
  }),
)

/** Which inputs of which loaders name a file, and in which folder. */
export const fileInputs: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.fromEntries(
  Object.entries(nodeClasses).flatMap(([name, { files }]) => (files === undefined ? [] : [[name, files]])),
)

/** The choices of a combo, or null when the input is not one. */
export function comboOptions(spec: InputSpec): readonly string[] | null {
  if (Array.isArray(spec[0])) return spec[0]
  if (spec[0] !== 'COMBO') return null
  const options = spec[1]?.['options']
  return Array.isArray(options) ? options.map(String) : []
}

/** The same signature with its file combos filled from `files` and LoadImage's list from `images`. */
export function withFiles(
  name: string,
  signature: Signature,
  lists: { files: (folder: string) => readonly string[]; images: () => readonly string[] },
): Signature {
  const folders = { ...fileInputs[name] }
  const isImage = name === 'LoadImage' || name === 'LoadImageMask'
  const fill = (inputs: Record<string, InputSpec> | undefined) =>
    Object.fromEntries(
      Object.entries(inputs ?? {}).map(([key, spec]): [string, InputSpec] => {
        const folder = folders[key]
        if (folder !== undefined) return [key, withOptions(spec, lists.files(folder))]
        return isImage && key === 'image' ? [key, withOptions(spec, lists.images())] : [key, spec]
      }),
    )
  const { required, optional } = signature.input
  return {
    ...signature,
    input: {
      ...signature.input,
      ...(required && { required: fill(required) }),
      ...(optional && { optional: fill(optional) }),
    },
  }
}

function withOptions(spec: InputSpec, options: readonly string[]): InputSpec {
  if (spec[0] === 'COMBO') return ['COMBO', { ...spec[1], options: [...options] }]
  return spec[1] === undefined ? [[...options]] : [[...options], spec[1]]
}
