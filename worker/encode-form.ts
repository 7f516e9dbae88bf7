/**
 * Bytes instead of a form, and their content type: undici throws outside any promise, which ends the process, when a
 * request with a form is aborted before or while it is read.
 */
export async function encodeForm(form: FormData): Promise<{ bytes: ArrayBuffer; type: string }> {
  const encoded = new Response(form)
  return { bytes: await encoded.arrayBuffer(), type: encoded.headers.get('content-type') ?? '' }
}
