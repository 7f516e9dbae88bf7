import { Hono } from 'hono'
import { html } from 'hono/html'
import { amountText, page } from './page.ts'
import type { Register } from './register.ts'
import type { StripeObject } from './store.ts'

/** What Stripe's dashboard and the banks would do: refund, dispute, decide. A person presses, tests post. */
export function dashboard(register: Register): Hono {
  const { store } = register
  const app = new Hono()
  app.get('/', (c) => c.html(overview(store.list('charge'), store.list('refund'), store.list('dispute'))))
  app.post('/dashboard/:what/:id', async (c) => {
    const { what, id } = c.req.param()
    const { amount } = await c.req.parseBody()
    act(register, { what, id, amount: typeof amount === 'string' ? Number(amount) : null })
    return c.redirect('/', 303)
  })
  return app
}

function act(register: Register, { what, id, amount }: { what: string; id: string; amount: number | null }): void {
  const charge = register.store.get('charge', id)
  if (charge !== null && what === 'refund') register.refund(charge, amount)
  if (charge !== null && what === 'dispute') register.dispute(charge)
  if (what === 'fail') register.failRefund(id)
  if (what === 'won' || what === 'lost') register.closeDispute(id, what)
}

function button(what: string, id: string, label: string) {
  return html`<form method="post" action="/dashboard/${what}/${id}"><button>${label}</button></form>`
}

function overview(
  charges: readonly StripeObject[],
  refunds: readonly StripeObject[],
  disputes: readonly StripeObject[],
) {
  const sum = (object: StripeObject) => amountText(object['amount'], object['currency'])
  return page(
    'Stripe stand-in',
    html`<main class="wide">
      <h1>Payments</h1>
      <table>
        ${charges.map(
          (charge) =>
            html`<tr>
              <td>${sum(charge)}</td>
              <td>refunded ${amountText(charge['amount_refunded'], charge['currency'])}</td>
              <td>${button('refund', charge.id, 'Refund the rest')}</td>
              <td>${button('dispute', charge.id, 'Dispute')}</td>
            </tr>`,
        )}
        ${refunds.map(
          (refund) =>
            html`<tr>
              <td>Refund of ${sum(refund)}</td>
              <td>${String(refund['status'])}</td>
              <td>${button('fail', refund.id, 'Let it fail')}</td>
            </tr>`,
        )}
        ${disputes.map(
          (dispute) =>
            html`<tr>
              <td>Dispute of ${sum(dispute)}</td>
              <td>${String(dispute['status'])}</td>
              <td>${button('won', dispute.id, 'Won')}</td>
              <td>${button('lost', dispute.id, 'Lost')}</td>
            </tr>`,
        )}
      </table>
    </main>`,
  )
}
