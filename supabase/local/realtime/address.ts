/** Address of a channel. A private and a public channel of one name never meet. */
export type Address = { name: string; private: boolean }

/** Topic of a channel on the wire. */
export const topicPrefix = 'realtime:'

/** One string for each address. */
export function addressKey(address: Address): string {
  return `${address.private ? 'private' : 'public'}:${address.name}`
}
