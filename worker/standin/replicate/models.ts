/** How a model tells its steps: a bar that knows its end, a counter that does not, or nothing at all. */
type Log = 'bar' | 'counter' | 'none'

export type ModelFacts = { inputs: readonly string[]; log: Log; output: 'list' | 'one' }

const common = ['prompt', 'seed', 'output_format', 'output_quality', 'disable_safety_checker']
const sampled = [...common, 'num_inference_steps', 'num_outputs', 'guidance', 'megapixels', 'go_fast']

/** Models that it plays, with the input names of their pages at https://replicate.com. */
export const models: Readonly<Record<string, ModelFacts>> = {
  'black-forest-labs/flux-dev': {
    inputs: [...sampled, 'image', 'prompt_strength', 'aspect_ratio'],
    log: 'counter',
    output: 'list',
  },
  'black-forest-labs/flux-dev-lora': {
    inputs: [...sampled, 'image', 'prompt_strength', 'aspect_ratio', 'lora_weights', 'lora_scale'],
    log: 'counter',
    output: 'list',
  },
  'black-forest-labs/flux-fill-dev': {
    inputs: [...sampled, 'image', 'mask', 'lora_weights', 'lora_scale'],
    log: 'bar',
    output: 'list',
  },
  'black-forest-labs/flux-2-pro': {
    inputs: [...common, 'input_images', 'aspect_ratio', 'resolution', 'width', 'height', 'safety_tolerance'],
    log: 'none',
    output: 'one',
  },
}
