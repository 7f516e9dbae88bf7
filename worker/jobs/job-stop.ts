/** Why a running attempt is to stop although nothing failed. */
export type StopKind =
  /** It ended elsewhere or moved to another epoch: drop everything. */
  | 'over'
  /** This process is going away: hand it back without burning the attempt. */
  | 'release'
  /** The key may not work any more. */
  | 'revoked'

/** The reason of an attempt's abort signal. */
export class JobStop extends Error {
  readonly kind: StopKind

  constructor(kind: StopKind, options?: ErrorOptions) {
    super(kind, options)
    this.name = 'JobStop'
    this.kind = kind
  }
}
