import { expect, it } from 'vitest'
import { parseForm } from './form.ts'

it.each<[string, unknown]>([
  ['a=1&b=x%20y', { a: '1', b: 'x y' }],
  [
    'line_items[0][price_data][unit_amount]=500&line_items[0][quantity]=1',
    {
      line_items: [{ price_data: { unit_amount: '500' }, quantity: '1' }],
    },
  ],
  ['metadata[purchase_id]=p&expand[0]=latest_charge', { metadata: { purchase_id: 'p' }, expand: ['latest_charge'] }],
  ['created[gte]=17', { created: { gte: '17' } }],
  ['', {}],
  ['__proto__[polluted]=1', JSON.parse('{"__proto__": {"polluted": "1"}}')],
])('reads %s', (text, expected) => {
  expect(parseForm(text)).toEqual(expected)
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})
