import { z } from 'zod'
import { invalid } from './errors.ts'
import { type FormValue, parseForm } from './form.ts'

const metadata = z.record(z.string(), z.string()).default({})
const whole = z.string().regex(/^\d+$/).transform(Number)
const flag = z.enum(['true', 'false'])

/** What each call may carry; anything else is refused, as Stripe refuses unknown parameters. */
export const requests = {
  customer: z.strictObject({ metadata, email: z.email().optional() }),
  session: z.strictObject({
    mode: z.literal('payment'),
    customer: z.string().optional(),
    client_reference_id: z.string().max(200).optional(),
    line_items: z
      .array(
        z.strictObject({
          quantity: z.literal('1'),
          price_data: z.strictObject({
            currency: z.string().regex(/^[a-z]{3}$/),
            unit_amount: whole,
            product_data: z.strictObject({ name: z.string().min(1) }),
          }),
        }),
      )
      .length(1),
    metadata,
    payment_intent_data: z.strictObject({ metadata, description: z.string().optional() }).default({ metadata: {} }),
    adaptive_pricing: z.strictObject({ enabled: flag }).optional(),
    invoice_creation: z.strictObject({ enabled: flag }).optional(),
    success_url: z.url(),
    cancel_url: z.url().optional(),
  }),
  refund: z.strictObject({
    payment_intent: z.string().optional(),
    charge: z.string().optional(),
    amount: whole.optional(),
    metadata,
  }),
  portal: z.strictObject({ customer: z.string(), return_url: z.url().optional() }),
  list: z.strictObject({
    limit: whole.default(10),
    starting_after: z.string().optional(),
    payment_intent: z.string().optional(),
    charge: z.string().optional(),
    customer: z.string().optional(),
    created: z.strictObject({ gte: whole.optional(), lte: whole.optional() }).default({}),
  }),
} as const

/** Reads a form or query against its schema. @throws ApiError 400 that names the first bad parameter */
export function readRequest<T>(schema: z.ZodType<T>, text: string): T {
  const { expand: _shown, ...form } = parseForm(text) as { expand?: FormValue; [name: string]: FormValue | undefined }
  const parsed = schema.safeParse(form)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw invalid(issue?.message ?? 'invalid', issue?.path.join('.') ?? '')
}

/** Fields that a request asks to see whole. */
export function expanded(text: string): string[] {
  const { expand } = parseForm(text)
  return Array.isArray(expand) ? expand.filter((name) => typeof name === 'string') : []
}
