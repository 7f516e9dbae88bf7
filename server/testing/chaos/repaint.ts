import sharp from 'sharp'
import { softenMask } from '#shared/mask/soften.ts'
import type { Offence } from './check.ts'
import type { Pressed } from './load.ts'
import { insist } from './load.ts'
import type { ChaosStack } from './stack.ts'
import { apiOf, type Owner } from './world.ts'

async function pixelsOf(url: string, channels: 'rgb' | 'red'): Promise<Uint8Array> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`a picture was answered ${answer.status}`)
  const image = sharp(await answer.arrayBuffer()).removeAlpha()
  return channels === 'red' ? image.extractChannel(0).raw().toBuffer() : image.toColourspace('srgb').raw().toBuffer()
}

/** How many pixels outside the softened mask are not as they were, of an image that its owner sees; null without one. */
async function changedOutside(stack: ChaosStack, owner: Owner, id: string): Promise<number | null> {
  const api = apiOf(stack.page.url, await stack.token(owner.id, 3_600, owner.anonymous))
  const asked = await insist(AbortSignal.timeout(5_000), () => api.forge.get.query({ id }))
  if (asked.kind !== 'answered') return null
  const { mask, inputs, outputs } = asked.value
  const [work] = inputs
  const output = outputs.find(({ kind }) => kind === 'output')
  if (mask === null || work === undefined || output === undefined) return null
  const { width, height } = work.asset
  if (output.width !== width || output.height !== height) return width * height
  const [painted, before, after] = await Promise.all([
    pixelsOf(mask.asset.url, 'red'),
    pixelsOf(work.asset.url, 'rgb'),
    pixelsOf(output.url, 'rgb'),
  ])
  const alpha = softenMask(painted, width, height, mask)
  const isOther = (pixel: number) => [0, 1, 2].some((at) => before[pixel * 3 + at] !== after[pixel * 3 + at])
  return alpha.reduce((sum, weight, pixel) => sum + Number(weight === 0 && isOther(pixel)), 0)
}

/** What was repainted is, outside its mask, the image that it was, whatever happened on the way. */
export async function checkRepainted(
  { stack, owners }: { stack: ChaosStack; owners: readonly Owner[] },
  pressed: readonly Pressed[],
  done: ReadonlySet<string>,
): Promise<Offence[]> {
  const jobs = pressed
    .filter(({ press }) => press.mode === 'inpaint')
    .flatMap(({ press, answers }) =>
      [...new Set(answers.flatMap((answer) => (typeof answer === 'string' ? [] : answer)))].map((id) => ({
        id,
        press,
      })),
    )
    .filter(({ id }) => done.has(id))
  const changes = await Promise.all(
    jobs.map(async ({ id, press }) => {
      const owner = owners[press.owner]
      return { id, changed: owner === undefined ? null : await changedOutside(stack, owner, id) }
    }),
  )
  return changes
    .filter(({ changed }) => changed !== 0)
    .map(({ id, changed }) => ({
      promise: 'what is outside the mask stays as it was',
      offence: `${id}: ${changed === null ? 'no picture, image or mask is shown' : `${changed} pixels are other ones`}`,
    }))
}
