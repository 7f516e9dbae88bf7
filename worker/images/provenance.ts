/** IPTC's words for "made by a trained model" and "made by an algorithm without one" (cv.iptc.org/newscodes/digitalsourcetype). */
const sourceTypes = {
  model: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
  standIn: 'http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia',
} as const

/** The XMP packet of every file that the worker makes: that it is synthetic, and when no GPU made it, that too. */
export function provenanceXmp(standIn: boolean): string {
  const description = standIn
    ? '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">Made by the stand-in engine: no GPU, no model.</rdf:li></rdf:Alt></dc:description>'
    : ''
  return [
    '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:dc="http://purl.org/dc/elements/1.1/"',
    ` Iptc4xmpExt:DigitalSourceType="${standIn ? sourceTypes.standIn : sourceTypes.model}">${description}</rdf:Description>`,
    '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>',
  ].join('')
}
