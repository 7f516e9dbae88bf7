import { unparsable } from './errors.ts'

/**
 * Splits at the commas that stand outside double quotes; quoted items lose their quotes and backslash escapes.
 * An empty text is no item.
 */
export function splitList(text: string): string[] {
  if (text === '') return []
  const items: string[] = []
  let item = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (quoted && character === '\\' && at + 1 < text.length) item += text.charAt(++at)
    else if (character === '"' && (quoted || item === '')) quoted = !quoted
    else if (character === ',' && !quoted) {
      items.push(item)
      item = ''
    } else item += character
  }
  if (quoted) throw unparsable(`"failed to parse list (${text})"`, 'a quoted item is not closed')
  return [...items, item]
}

/** The items of `(a,b,"c,d")`. */
export function parseParenthesised(text: string): string[] {
  if (!text.startsWith('(') || !text.endsWith(')')) {
    throw unparsable(`"failed to parse filter (in.${text})"`, 'a list in parentheses is expected')
  }
  return splitList(text.slice(1, -1))
}
