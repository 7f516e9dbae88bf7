import type { Context } from 'hono'

const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  504: 'Gateway Timeout',
} as const
export type Status = keyof typeof titles

/** An error as RunPod's REST v2 answers it (RFC 9457). */
export function problem(c: Context, status: Status, detail: string): Response {
  if (status === 429) c.header('Retry-After', '12')
  return c.json({ title: titles[status], status, detail }, status, { 'content-type': 'application/problem+json' })
}
