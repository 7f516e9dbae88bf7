import { isIP } from 'node:net'

/**
 * The client's address as the deployment can trust it. `hops` 0: the socket's peer. `hops` n: the n-th address from
 * the right of X-Forwarded-For, written by our own n-th proxy; everything left of it is the client's own words. A
 * header with fewer entries did not pass those proxies, so the socket's peer counts.
 */
export function trustedAddress(hops: number, socket: string | null, forwardedFor: string | null): string | null {
  const peer = socket === null ? null : normaliseAddress(socket)
  if (hops === 0 || forwardedFor === null) return peer
  const entries = forwardedFor.split(',')
  const entry = entries[entries.length - hops]
  return (entry === undefined ? null : normaliseAddress(entry)) ?? peer
}

/** One spelling per address: no port, brackets or zone, IPv4-mapped IPv6 as IPv4; null when it is no address. */
export function normaliseAddress(text: string): string | null {
  const trimmed = text.trim().replace(/^"|"$/g, '')
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(trimmed)?.[1]
  const bare = (bracketed ?? trimmed).split('%', 1)[0] ?? ''
  if (isIP(bare) === 6) return fromIpv6(bare)
  const withoutPort = bracketed === undefined ? bare.replace(/:\d{1,5}$/, '') : bare
  return isIP(withoutPort) === 4 ? withoutPort : null
}

/** IPv4 address, or the /64 of an IPv6 one (what one subscriber holds at least); null when there is no address. */
export function networkOf(address: string | null): string | null {
  return prefixOf(address, 4)
}

/** IPv4 address, or the /56 of an IPv6 one (what a household is given and can rotate through). */
export function wideNetworkOf(address: string | null): string | null {
  return prefixOf(address, 3.5)
}

function prefixOf(address: string | null, groups: number): string | null {
  const normal = address === null ? null : normaliseAddress(address)
  if (normal === null || isIP(normal) === 4) return normal
  const values = expand(normal)
  const whole = Math.floor(groups)
  const kept = values.slice(0, Math.ceil(groups)).map((value, index) => (index < whole ? value : value & 0xff00))
  return `${kept.map((value) => value.toString(16)).join(':')}::/${groups * 16}`
}

function fromIpv6(text: string): string {
  const values = expand(text)
  const mapped = values.slice(0, 5).every((value) => value === 0) && values[5] === 0xffff
  if (!mapped) return values.map((value) => value.toString(16)).join(':')
  return values
    .slice(6)
    .flatMap((value) => [value >> 8, value & 0xff])
    .join('.')
}

/** The eight 16-bit groups of a valid IPv6 address, dotted tail included. */
function expand(text: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)
  const hex = dotted === null ? text : `${dotted[1]}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}`
  const [head = '', tail] = hex.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16))
}

function pair(high: string | undefined, low: string | undefined): string {
  return (Number(high) * 256 + Number(low)).toString(16)
}
