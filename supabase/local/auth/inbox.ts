import { Hono } from 'hono'
import { html } from 'hono/html'
import type { LocalContext } from '#supabase/local/context.ts'
import { asAuthAdmin } from './database.ts'

/** Mails shown: the newest. */
const shown = 50

type Mail = { sent_at: Date; recipient: string; subject: string; code: string; link: string }

/**
 * The mails that a hosted project would have sent, as a page for the person at this machine. Mounted outside of CORS,
 * never framed, and refused to scripts of other origins: what stands here signs people in.
 */
export function createInbox(ctx: LocalContext): Hono {
  const app = new Hono()
  app.get('/', async (c) => {
    const site = c.req.header('sec-fetch-site')
    const opensPage = c.req.header('sec-fetch-mode') === 'navigate' && c.req.header('sec-fetch-dest') === 'document'
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !opensPage) {
      return c.json({ message: 'The inbox is for the person at this machine' }, 403)
    }
    const mails = await asAuthAdmin(ctx, async (db) => {
      const { rows } = await db.query<Mail>(
        'select sent_at, recipient, subject, code, link from local_inbox order by id desc limit $1',
        [shown],
      )
      return rows
    })
    c.header('cache-control', 'no-store')
    c.header('x-frame-options', 'DENY')
    c.header('referrer-policy', 'no-referrer')
    c.header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    )
    return c.html(page(mails))
  })
  return app
}

function page(mails: readonly Mail[]) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content="5" />
        <meta name="viewport" content="width=device-width" />
        <title>Local inbox (${mails.length})</title>
        <style>
          body {
            font: 16px/1.5 system-ui;
            max-width: 46rem;
            margin: 2rem auto;
            padding: 0 1rem;
            color: #ddd;
            background: #181614;
          }
          article {
            border-top: 1px solid #4a443e;
            padding: 1rem 0;
          }
          h2 {
            font-size: 1rem;
            margin: 0;
          }
          code {
            font-size: 1.5rem;
            letter-spacing: 0.15em;
          }
          a {
            color: #ffb26b;
          }
          small {
            color: #a39a90;
          }
        </style>
      </head>
      <body>
        <h1>Local inbox</h1>
        <p><small>No mail leaves this machine. Codes and links work for an hour, the newest of a kind only.</small></p>
        ${mails.length === 0 ? html`<p>No mail yet.</p>` : mails.map(letter)}
      </body>
    </html>`
}

function letter({ sent_at: at, recipient, subject, code, link }: Mail) {
  return html`<article>
    <h2>${subject}</h2>
    <small>to ${recipient}, <time datetime="${at.toISOString()}">${at.toLocaleTimeString('en-GB')}</time></small>
    <p><code>${code}</code></p>
    <p><a href="${link}" rel="noreferrer">Follow the link</a></p>
  </article>`
}
