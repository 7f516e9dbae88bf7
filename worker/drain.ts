/**
 * Reads a body that nobody wants, so that its connection can be used again. Cancelling it instead makes undici throw
 * outside any promise when more bytes arrive afterwards.
 */
export async function drain(response: Response): Promise<void> {
  await response.arrayBuffer().catch(() => {})
}
