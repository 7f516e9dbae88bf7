/** A JSON object body, or {} when it is empty or not JSON (as the handlers that take either do). */
export async function optionalJson(request: Request): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await request.json()
    return body !== null && typeof body === 'object' ? (body as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
