import { expect, test } from 'vitest'
import { madeOf } from './newer.ts'

test('a page says what it is made of', () => {
  const html = `<script type="application/json" id="forge-config">{"supabaseUrl":"http://127.0.0.1:54321"}</script>
    <script type="module" crossorigin src="/assets/index-a1.js"></script>`

  expect(madeOf(html)).toEqual({ script: '/assets/index-a1.js', supabaseUrl: 'http://127.0.0.1:54321' })
})

test('what is no page of the studio says nothing', () => {
  expect(madeOf('<html>a sign-in page of some hotel</html>')).toBeNull()
})
