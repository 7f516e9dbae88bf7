import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { amountText, page } from './page.ts'
import type { Register } from './register.ts'
import type { StripeObject } from './store.ts'

const ways = ['card', 'delayed', 'delayed-fails'] as const

/** What a buyer sees: Checkout, receipt, billing portal. */
export function buyerPages(register: Register): Hono {
  const { store } = register
  const app = new Hono()
  app.get('/c/pay/:id', (c) => {
    const session = store.get('checkout.session', c.req.param('id'))
    return session?.['status'] === 'open' ? c.html(checkout(session)) : c.html(over(), 404)
  })
  app.post('/c/pay/:id', async (c) => {
    const session = store.get('checkout.session', c.req.param('id'))
    const { how } = await c.req.parseBody()
    const way = ways.find((one) => one === how)
    if (session === null || way === undefined || !register.pay(session.id, way, originOf(c))) return c.html(over(), 409)
    return c.redirect(String(session['success_url']).replaceAll('{CHECKOUT_SESSION_ID}', session.id), 303)
  })
  app.get('/receipts/:id', (c) => {
    const charge = store.get('charge', c.req.param('id'))
    return charge === null ? c.html(over(), 404) : c.html(receipt(charge))
  })
  app.get('/p/session/:id', (c) => {
    const portal = store.get('billing_portal.session', c.req.param('id'))
    if (portal === null) return c.html(over(), 404)
    const charges = store.list('charge', (charge) => charge['customer'] === portal['customer'])
    return c.html(portalPage(charges, portal['return_url']))
  })
  return app
}

function checkout(session: StripeObject) {
  return page(
    'Checkout',
    html`<main>
      <h1>${String(session['title'])}</h1>
      <p class="amount">${amountText(session['amount_total'], session['currency'])}</p>
      <form method="post">
        <button class="first" name="how" value="card">Pay by card</button>
        <button name="how" value="delayed">Pay by bank debit, which arrives later</button>
        <button name="how" value="delayed-fails">Pay by bank debit, which fails later</button>
      </form>
      <p><a href="${typeof session['cancel_url'] === 'string' ? session['cancel_url'] : '/'}">Cancel and go back</a></p>
    </main>`,
  )
}

function receipt(charge: StripeObject) {
  return page(
    'Receipt',
    html`<main>
      <h1>Receipt</h1>
      <p class="amount">${amountText(charge['amount'], charge['currency'])}</p>
      <p>Paid ${new Date(charge.created * 1_000).toUTCString()}</p>
      <p>Refunded: ${amountText(charge['amount_refunded'], charge['currency'])}</p>
    </main>`,
  )
}

function portalPage(charges: readonly StripeObject[], back: unknown) {
  return page(
    'Billing portal',
    html`<main>
      <h1>Your payments</h1>
      ${charges.map(
        (charge) =>
          html`<p>
            <a href="${String(charge['receipt_url'])}">${amountText(charge['amount'], charge['currency'])}</a>
          </p>`,
      )}
      ${typeof back === 'string' ? html`<p><a href="${back}">Back</a></p>` : ''}
    </main>`,
  )
}

function over() {
  return page('Over', html`<main><h1>This page is over</h1></main>`)
}

function originOf(c: Context): string {
  return new URL(c.req.url).origin
}
