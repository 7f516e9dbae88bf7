import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { ownScriptHash, withFirstFrame } from './first-frame.ts'

const html = '<head><title>The Forge</title></head><body><div id="root"></div></body>'
const drawn = {
  '/': { head: '<link rel="preload">', markup: '<main>$& bench</main>' },
  '/studio?mode=style': { head: '', markup: '<i>' },
}

it('a newcomer’s address carries its frame and its preloads, which nothing can be done with', () => {
  const page = withFirstFrame(html, drawn, '/')
  expect(page).toContain('<div id="first-frame" inert aria-hidden="true"><main>$& bench</main></div>')
  expect(page).toContain('</title><link rel="preload">')
  expect(withFirstFrame(html, drawn, '/studio?mode=style')).toContain('<i>')
})

it.each(['/gallery', '/?job=1', '/studio?mode=style&job=1', '/s/abc', '/toString', 'toString'])(
  'the page at %s stays empty until its script runs',
  (address) => {
    expect(withFirstFrame(html, drawn, address)).toBe(html)
  },
)

it('the policy names exactly the one script that the page holds', () => {
  const [, script = ''] = /<script>([^<]*)<\/script>/.exec(withFirstFrame(html, drawn, '/')) ?? []
  expect(ownScriptHash).toBe(`'sha256-${createHash('sha256').update(script).digest('base64')}'`)
})
