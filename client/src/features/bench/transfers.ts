import { createStore } from '#client/lib/store.ts'

/** What is happening between one bench image and the server: how much is sent (0 to 1), or why it did not work. */
export type Transfer = { share: number; problem: string | null }

/** By image key. An image that nothing is happening to has no entry. */
export const transferStore = createStore<Readonly<Record<string, Transfer>>>({})

export function setTransfer(key: string, transfer: Transfer | null): void {
  const { [key]: _before, ...others } = transferStore.get()
  transferStore.set(transfer === null ? others : { ...others, [key]: transfer })
}
