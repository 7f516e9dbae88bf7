import { createHash } from 'node:crypto'
import { type FirstFrames, ownScript } from '#shared/first-frame/rules.ts'

/** What the policy of pages must name for `ownScript` to run. */
export const ownScriptHash = `'sha256-${createHash('sha256').update(ownScript).digest('base64')}'`

/** Without scripts the frame can be seen and nothing in it works; the sentence that says so then lies over it. */
const overFrame = '<style>noscript p{position:fixed;inset:auto 0 0;margin:0;background:#29292c}</style>'

/**
 * The page with what a newcomer sees at `address` (path and search) already in it. Other pages, and addresses that bring
 * or name something, stay as they are: what they show first only the script knows.
 */
export function withFirstFrame(html: string, frames: FirstFrames, address: string): string {
  const frame = Object.hasOwn(frames, address) ? frames[address] : undefined
  if (frame === undefined) return html
  const body = `<div id="first-frame" inert aria-hidden="true">${frame.markup}</div>`
  // Functions, because `$` means something in a replacement string.
  return html
    .replace('</title>', (title) => `${title}${frame.head}${overFrame}<script>${ownScript}</script>`)
    .replace('<div id="root"></div>', () => `<div id="root">${body}</div>`)
}
