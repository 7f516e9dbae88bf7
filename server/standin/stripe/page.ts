import { html } from 'hono/html'

type Html = ReturnType<typeof html>

/** One plain page with the label that nobody can overlook. */
export function page(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          body {
            margin: 0;
            font:
              16px/24px system-ui,
              sans-serif;
            color: #1a1a1f;
            background: #f4f4f6;
          }
          header {
            padding: 10px 24px;
            background: #1a1a1f;
            color: #fff;
            font-weight: 600;
          }
          main {
            max-width: 30rem;
            margin: 6vh auto;
            padding: 24px;
            background: #fff;
            border: 1px solid #d5d5dc;
          }
          main.wide {
            max-width: 60rem;
          }
          h1 {
            font-size: 20px;
            margin: 0 0 4px;
          }
          .amount {
            font-size: 36px;
            line-height: 44px;
            margin: 0 0 20px;
          }
          button {
            display: block;
            width: 100%;
            min-height: 44px;
            margin: 8px 0;
            font: inherit;
            font-weight: 600;
            border: 1px solid #1a1a1f;
            background: #fff;
            cursor: pointer;
          }
          button.first {
            background: #1a1a1f;
            color: #fff;
          }
          td {
            padding: 4px 12px 4px 0;
          }
          td button {
            min-height: 32px;
            margin: 0;
            padding: 0 10px;
          }
          a {
            color: #1a4fd0;
          }
          p {
            margin: 12px 0;
          }
        </style>
      </head>
      <body>
        <header>Stripe stand-in: no real money moves</header>
        ${body}
      </body>
    </html>`
}

/** `500, 'usd'` → `$5.00`. */
export function amountText(cents: unknown, currency: unknown): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: String(currency) })
  return format.format(Number(cents) / 100)
}
