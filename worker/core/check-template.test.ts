import { describe, expect, it } from 'vitest'
import { readTemplate } from '#worker/testing/templates.ts'
import { missingParts, type Signatures } from './check-template.ts'

const template = readTemplate('remix', 'dev')

/** Signatures under which the template runs: every class, every literal input allowed. */
function fitting(): Record<string, { input: { required: Record<string, unknown[]> } }> {
  const entries = Object.values(template.graph).map((node) => [
    node.class_type,
    {
      input: {
        required: Object.fromEntries(
          Object.entries(node.inputs)
            .filter(([name]) => name !== 'forge_nonce')
            .map(([name, value]) => [name, typeof value === 'string' ? [[value]] : ['INT', {}]]),
        ),
      },
    },
  ])
  return Object.fromEntries(entries)
}

describe('missingParts', () => {
  it('is empty on a box that has everything', () => {
    expect(missingParts(template, fitting())).toEqual([])
  })

  it('names a node class that is not installed', () => {
    const { FluxGuidance: _, ...rest } = fitting()

    expect(missingParts(template, rest)).toEqual(['node class FluxGuidance'])
  })

  it.each([
    ['the older shape of a list', [['other.safetensors']]],
    ['the newer shape of a list', ['COMBO', { options: ['other.safetensors'] }]],
  ])('names a model file that is not in %s', (_shape, signature) => {
    const signatures: Signatures = {
      ...fitting(),
      UNETLoader: { input: { required: { unet_name: signature, weight_dtype: [['default']] } } },
    }

    expect(missingParts(template, signatures)).toEqual(['unet.unet_name = flux1-dev.safetensors'])
  })

  it('names an input that a newer ComfyUI demands', () => {
    const signatures: Signatures = {
      ...fitting(),
      VAEDecode: { input: { required: { samples: ['LATENT'], vae: ['VAE'], tile: ['INT'] } } },
    }

    expect(missingParts(template, signatures)).toEqual(['input decode.tile'])
  })

  it('names an option that a dynamic list no longer has', () => {
    const depth = readTemplate('mashup', 'depth')
    const options = [{ key: 'depth_colored' }]
    const signatures = Object.fromEntries(Object.values(depth.graph).map((node) => [node.class_type, { input: {} }]))

    expect(
      missingParts(depth, {
        ...signatures,
        DA3Render: { input: { required: { output: ['COMFY_DYNAMICCOMBO_V3', { options }] } } },
      }),
    ).toEqual(['hint.output = depth'])
  })

  it('names a number out of range, and the end of a slider that would leave it', () => {
    const signatures: Signatures = {
      ...fitting(),
      KSampler: {
        input: { required: { cfg: ['FLOAT', { min: 2, max: 100 }], denoise: ['FLOAT', { min: 0, max: 0.9 }] } },
      },
    }

    expect(missingParts(template, signatures)).toEqual(['sampler.cfg = 1', 'sampler.denoise = 0.95'])
  })

  it('does not judge the placeholder of a field that each job fills in', () => {
    const signatures: Signatures = { ...fitting(), LoadImage: { input: { required: { image: [[]] } } } }

    expect(missingParts(template, signatures)).toEqual([])
  })
})
