// @vitest-environment happy-dom
import { beforeAll, expect, test } from 'vitest'
import { captchaOption } from './captcha.ts'

const shown: { sitekey: string; place: HTMLElement }[] = []
const removed: string[] = []
let passes = true

beforeAll(() => {
  document.body.innerHTML = `<script type="application/json" id="forge-config">{"turnstileSiteKey":"0x4AAA"}</script>`
  window.turnstile = {
    render(place, { sitekey, callback, 'error-callback': refuse }) {
      shown.push({ sitekey, place })
      setTimeout(() => (passes ? callback('a token') : refuse()))
      return 'widget'
    },
    remove: (widget) => removed.push(widget),
  }
  // Nothing is fetched here: the script that would bring the widget only says that it came.
  const append = document.head.append.bind(document.head)
  document.head.append = (...nodes) => {
    const [script] = nodes
    if (script instanceof HTMLScriptElement) {
      expect(script.src).toBe('https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit')
      setTimeout(() => script.dispatchEvent(new Event('load')))
    } else append(...nodes)
  }
})

test('a stranger brings a fresh token, and the widget leaves the page', async () => {
  expect(await captchaOption()).toEqual({ captchaToken: 'a token' })

  expect(shown[0]?.sitekey).toBe('0x4AAA')
  expect(removed).toEqual(['widget'])
  expect(document.querySelector('.captcha')).toBeNull()
})

test('a check that was not passed is an error, not a missing token', async () => {
  passes = false

  await expect(captchaOption()).rejects.toThrow('not passed')
  expect(document.querySelector('.captcha')).toBeNull()
})
