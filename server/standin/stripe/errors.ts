/** An error body of the API. @see https://docs.stripe.com/api/errors */
export class ApiError extends Error {
  readonly status: 400 | 401 | 404
  readonly body: { error: { type: string; code?: string; message: string; param?: string } }

  constructor(status: 400 | 401 | 404, error: ApiError['body']['error']) {
    super(error.message)
    this.status = status
    this.body = { error }
  }
}

export function missing(kind: string, id: string, param = 'id'): ApiError {
  const message = `No such ${kind}: '${id}'`
  return new ApiError(404, { type: 'invalid_request_error', code: 'resource_missing', message, param })
}

export function invalid(message: string, param?: string): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message, ...(param === undefined ? {} : { param }) })
}
