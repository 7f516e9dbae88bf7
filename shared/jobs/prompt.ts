/** Unicode code points of `text`, not UTF-16 units. */
export function promptLength(text: string): number {
  let length = 0
  for (const _ of text) length += 1
  return length
}

// Control characters but tab and newline. (jsonb refuses NUL and lone surrogates outright.)
const controls = /[^\P{Cc}\t\n]/u
// CLIP reads `embedding:name` as a request for a file on the box.
const embedding = /\bembedding\s*:/iu

/** True when the prompt can be stored and rendered exactly as written. */
export function isPromptClean(text: string): boolean {
  return text.isWellFormed() && !controls.test(text) && !embedding.test(text)
}
