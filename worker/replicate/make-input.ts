import type { InputRole } from '#shared/jobs/rules.ts'
import type { ClaimedJob } from '#shared/worker/schema.ts'
import type { ProviderOffer } from '#shared/workflows/provider.ts'

type Value = string | number | boolean | string[]
export type ModelInput = Record<string, Value>

/** Addresses of what was uploaded: images in the order of the request, and the mask. */
export type SentFiles = { images: readonly { role: InputRole; url: string }[]; mask: string | null }

function slide({ from, to }: { from: number; to: number }, value: number): number {
  return Number((from + ((to - from) * value) / 100).toFixed(4))
}

/** The artist's words behind those that say what a slider or a set of images means to this model. */
function words({ prompt }: ProviderOffer, spec: ClaimedJob['spec']): string {
  const chosen = (['creativity', 'chaos'] as const).flatMap((slider) => {
    const rows = prompt.words.filter((row) => row.slider === slider).toSorted((a, b) => a.upTo - b.upTo)
    return rows.find((row) => spec[slider] <= row.upTo)?.text ?? []
  })
  return [prompt.lead, ...chosen, spec.prompt].filter((part) => part !== '').join(' ')
}

/** The ratio (`16:9`) nearest to width over height. */
export function nearestRatio(ratios: readonly string[], aspect: number): string {
  const apart = (ratio: string) => {
    const [width = 1, height = 1] = ratio.split(':').map(Number)
    return Math.abs(Math.log(width / height) - Math.log(aspect))
  }
  return ratios.toSorted((a, b) => apart(a) - apart(b))[0] ?? '1:1'
}

function imagesOf(offer: ProviderOffer, files: SentFiles): ModelInput {
  const input: ModelInput = {}
  for (const { role, field, list } of offer.images) {
    const urls = files.images.filter((image) => image.role === role).map(({ url }) => url)
    const before = input[field]
    if (list) input[field] = [...(Array.isArray(before) ? before : []), ...urls]
    else if (urls[0] !== undefined) input[field] = urls[0]
  }
  return input
}

/** What one model is asked for; `aspect` is the width over height that our own image would have. */
export function makeInput(
  offer: ProviderOffer,
  spec: ClaimedJob['spec'],
  made: { files: SentFiles; aspect: number; loraUrl: string | undefined },
): ModelInput {
  const { prompt, seed, size, sliders, mask, lora } = offer
  return {
    ...offer.fixed,
    [prompt.field]: words(offer, spec),
    ...imagesOf(offer, made.files),
    ...(mask !== undefined && made.files.mask !== null ? { [mask]: made.files.mask } : {}),
    ...(seed ? { [seed.field]: Number(BigInt(spec.seed) % (1n << BigInt(seed.bits))) } : {}),
    ...(size.by === 'ratio' ? { [size.field]: nearestRatio(size.ratios, made.aspect) } : {}),
    ...Object.fromEntries(sliders.map((entry) => [entry.field, slide(entry, spec[entry.slider])])),
    ...(lora !== undefined && made.loraUrl !== undefined ? { [lora]: made.loraUrl } : {}),
  }
}
