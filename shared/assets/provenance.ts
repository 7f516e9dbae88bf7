/** IPTC's words for "made by a trained model" and "made by an algorithm without one" (cv.iptc.org/newscodes/digitalsourcetype). */
const sourceTypes = {
  model: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
  standIn: 'http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia',
} as const

const standInSentence = 'Made by the stand-in engine: no GPU, no model.'
const smallerSentence = 'Made smaller than asked for: the card had no room for more.'

/** How an image was made, in the words that its file may carry when its owner chose so. */
export type Recipe = {
  mode: string
  prompt: string
  negative: string
  creativity: number
  chaos: number
  seed: string
  transmission: string
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"\n\t]/g, (char) => entities[char] ?? '')
}

/** The recipe as lines that a person can read. */
export function recipeText({ mode, prompt, negative, creativity, chaos, seed, transmission }: Recipe): string {
  const without = negative === '' ? [] : [`Without: ${negative}`]
  const settings = `${mode}, creativity ${creativity}, chaos ${chaos}, seed ${seed}, ${transmission}`
  return [...(prompt === '' ? [] : [prompt]), ...without, settings].join('\n')
}

function recipeAttributes(recipe: Recipe): string {
  const { mode, prompt, negative, creativity, chaos, seed, transmission } = recipe
  const facts = { mode, prompt, negative, creativity, chaos, seed, transmission }
  const attributes = Object.entries(facts).map(([name, value]) => ` forge:${name}="${escape(String(value))}"`)
  return ` xmlns:forge="urn:forge:recipe:1"${attributes.join('')}`
}

/**
 * The XMP packet of an image: always that it is synthetic (IPTC DigitalSourceType), when no GPU made it that too, and
 * the recipe only when there is one. Nothing else.
 */
export function provenanceXmp(image: { standIn: boolean; smaller?: boolean; recipe: Recipe | null }): string {
  const { standIn, smaller = false, recipe } = image
  const says = [
    ...(standIn ? [standInSentence] : []),
    ...(smaller ? [smallerSentence] : []),
    ...(recipe ? [recipeText(recipe)] : []),
  ].join('\n')
  const description =
    says === ''
      ? ''
      : `<dc:description><rdf:Alt><rdf:li xml:lang="x-default">${escape(says)}</rdf:li></rdf:Alt></dc:description>`
  return [
    '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:dc="http://purl.org/dc/elements/1.1/"',
    ` Iptc4xmpExt:DigitalSourceType="${standIn ? sourceTypes.standIn : sourceTypes.model}"`,
    `${recipe ? recipeAttributes(recipe) : ''}>${description}</rdf:Description>`,
    '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>',
  ].join('')
}
