import { runtimeConfig } from '#client/lib/config.ts'

type Turnstile = {
  render: (
    place: HTMLElement,
    options: {
      sitekey: string
      appearance: 'interaction-only'
      callback: (token: string) => void
      'error-callback': () => void
    },
  ) => string
  remove: (widget: string) => void
}

declare global {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface can be merged into
  interface Window {
    turnstile?: Turnstile
  }
}

const source = 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit'
let loading: Promise<void> | null = null

function load(): Promise<void> {
  loading ??= new Promise((done, fail) => {
    const script = document.createElement('script')
    script.src = source
    script.addEventListener('load', () => done())
    script.addEventListener('error', () => {
      loading = null
      fail(new Error('the captcha could not be loaded'))
    })
    document.head.append(script)
  })
  return loading
}

async function solve(sitekey: string): Promise<string> {
  await load()
  const { turnstile } = window
  if (!turnstile) throw new Error('the captcha did not start')
  const place = document.createElement('div')
  place.className = 'captcha'
  // Inside an open dialog, since whatever is outside of it cannot be reached.
  const dialog = document.querySelector('dialog[open]') ?? document.body
  dialog.append(place)
  let widget = ''
  try {
    return await new Promise<string>((done, fail) => {
      const refuse = () => fail(new Error('the captcha was not passed'))
      widget = turnstile.render(place, {
        sitekey,
        appearance: 'interaction-only',
        callback: done,
        'error-callback': refuse,
      })
    })
  } finally {
    if (widget !== '') turnstile.remove(widget)
    place.remove()
  }
}

/** What a request of a stranger carries: a fresh captcha token where this deployment asks for one, else nothing. */
export async function captchaOption(): Promise<{ captchaToken?: string }> {
  const { turnstileSiteKey } = runtimeConfig()
  return turnstileSiteKey === null ? {} : { captchaToken: await solve(turnstileSiteKey) }
}
