import { createHmac } from 'node:crypto'
import { networkOf, wideNetworkOf } from './address.ts'

/** What free images are counted in. Caps per class are the database's; `bucket` is 64 hex characters. */
export type Bucket = { bucket: string; class: 'account' | 'network' | 'wide' }

export type BucketOwner = {
  /** null: a visitor without an account. */
  account: string | null
  anonymous: boolean
  /** True while the account is younger than a day, or its age is unknown. */
  young: boolean
  /** Trusted client address, null when the deployment cannot tell one. */
  address: string | null
}

/**
 * The buckets one request counts in: a visitor and an anonymous user in account, network and wide; a permanent one in
 * account, and in wide while young, so that fresh accounts are no way around the cap. Without an address everybody
 * shares one, so that hiding it gains nothing. Only HMACs leave here: IPv4 has too few addresses for a plain hash.
 */
export function bucketsOf(owner: BucketOwner, secret: string): Bucket[] {
  const network = networkOf(owner.address) ?? 'none'
  const wide = wideNetworkOf(owner.address) ?? 'none'
  const byAddress = owner.anonymous || owner.account === null
  return [
    ...(owner.account === null ? [] : [bucket('account', owner.account, secret)]),
    ...(byAddress ? [bucket('network', network, secret)] : []),
    ...(byAddress || owner.young ? [bucket('wide', wide, secret)] : []),
  ]
}

function bucket(kind: Bucket['class'], name: string, secret: string): Bucket {
  return { bucket: createHmac('sha256', secret).update(`${kind}:${name}`).digest('hex'), class: kind }
}
