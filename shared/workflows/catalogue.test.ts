import { describe, expect, it } from 'vitest'
import { buildCatalogue } from './catalogue.ts'
import schnell from '#workflows/remix/schnell.api.json' with { type: 'json' }
import manifest from '#workflows/remix/manifest.json' with { type: 'json' }
import models from '#workflows/models.json' with { type: 'json' }

type Json = Record<string, unknown>
type Nodes = Record<string, { class_type: string; inputs: Json; _meta?: Json }>

/** The remix mode with `schnell` alone, after a hand has changed something. */
function files(change: { nodes?: (nodes: Nodes) => void; variant?: Json; models?: Json[]; folder?: string } = {}) {
  const nodes: Nodes = structuredClone(schnell)
  change.nodes?.(nodes)
  const variant = manifest.variants.find((entry) => entry.key === 'schnell')
  const folder = change.folder ?? 'remix'
  const read = new Map<string, unknown>([
    ['models.json', change.models ?? models],
    [`${folder}/manifest.json`, { ...manifest, variants: [{ ...variant, ...change.variant }] }],
    [`${folder}/schnell.api.json`, nodes],
  ])
  return {
    folders: () => Promise.resolve([folder]),
    readJson: (...path: string[]) => Promise.resolve(read.get(path.join('/'))),
    hash: (text: string) => `hash of ${text.length}`,
  }
}

const node = (class_type: string, inputs: Json = {}) => ({ class_type, inputs, _meta: { title: class_type } })

describe('buildCatalogue', () => {
  it('reads a whole mode', async () => {
    const catalogue = await buildCatalogue(files())

    expect([...catalogue.templates.keys()]).toEqual(['remix/schnell'])
    expect(catalogue.manifests.map((entry) => entry.mode)).toEqual(['remix'])
    expect(catalogue.models).toHaveLength(models.length)
  })

  it.each([
    [
      'a class that nobody allowed',
      { nodes: (nodes: Nodes) => void (nodes['shell'] = node('ExecutePython')) },
      'shell has the class ExecutePython, which is not on the list',
    ],
    [
      'a core class that writes to disk',
      { nodes: (nodes: Nodes) => void (nodes['save'] = node('SaveImage', { images: ['decode', 0] })) },
      'save has the class SaveImage',
    ],
    [
      'a name that every object has',
      { nodes: (nodes: Nodes) => void (nodes['x'] = node('constructor')) },
      'x has the class constructor',
    ],
    [
      'a file that the variant does not list',
      { nodes: (nodes: Nodes) => Object.assign(nodes['vae']?.inputs ?? {}, { vae_name: 'other.safetensors' }) },
      'loads vae/other.safetensors, which is not among its models; ',
    ],
    [
      'a model that the list does not have',
      { variant: { models: ['flux1-schnell', 'gone'] } },
      'models.json has no gone',
    ],
    [
      'a model whose file lies in another folder',
      { models: models.map((file) => (file.key === 'flux1-schnell' ? { ...file, folder: 'checkpoints' } : file)) },
      'loads diffusion_models/flux1-schnell.safetensors, which is not among its models',
    ],
    ['a link to nothing', { nodes: (nodes: Nodes) => void delete nodes['vae'] }, 'dangling link encode.vae'],
    ['a node without a title', { nodes: (nodes: Nodes) => void delete nodes['pos']?._meta }, 'pos has no title'],
    [
      'a result that is kept for ever',
      { nodes: (nodes: Nodes) => Object.assign(nodes['out'] ?? {}, { class_type: 'VAEDecode' }) },
      'out is no PreviewImage',
    ],
    [
      'a field that is a link',
      { variant: { sliders: [{ slider: 'chaos', node: 'sampler', input: 'model', from: 0, to: 1 }] } },
      'sampler.model is a link',
    ],
    ['a folder of another name', { folder: 'rename' }, 'rename holds the mode remix'],
  ])('refuses %s, in words', async (_what, change, words) => {
    await expect(buildCatalogue(files(change))).rejects.toThrow(words)
  })

  it('names every fault at once', async () => {
    const broken = files({
      nodes(nodes) {
        nodes['shell'] = node('ExecutePython')
        delete nodes['vae']
      },
    })

    await expect(buildCatalogue(broken)).rejects.toThrow(/ExecutePython.*dangling link/)
  })
})
