import type { UserContext } from '#server/trpc/context.ts'
import type { FleetView } from '#shared/operator/fleet.ts'

/** Queue, boxes, promises, open alerts and money, as they are. */
export async function showFleet({ ctx }: { ctx: UserContext }): Promise<FleetView> {
  return ctx.deps.database.fleet()
}

/** Refuses a box from its next call on and takes back at once what it runs. Throws NOT_FOUND. */
export async function revokeWorker({
  ctx,
  input,
}: {
  ctx: UserContext
  input: { worker: string }
}): Promise<{ takenBack: number }> {
  return { takenBack: await ctx.deps.database.revokeWorker(ctx.user.id, input.worker) }
}

/** The same for every box of a key. */
export async function revokeKey({ ctx, input }: { ctx: UserContext; input: { key: string } }): Promise<void> {
  await ctx.deps.database.revokeKey(input.key)
}

/** Gives a quarantined box jobs again. Throws NOT_FOUND. */
export async function liftQuarantine({ ctx, input }: { ctx: UserContext; input: { worker: string } }): Promise<void> {
  await ctx.deps.database.liftQuarantine(ctx.user.id, input.worker)
}

/** The same for a key and every box of it. Throws NOT_FOUND. */
export async function liftKeyQuarantine({ ctx, input }: { ctx: UserContext; input: { key: string } }): Promise<void> {
  await ctx.deps.database.liftKeyQuarantine(ctx.user.id, input.key)
}
