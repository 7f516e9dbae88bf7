import type { UserContext } from '#server/trpc/context.ts'
import type { BalanceRow } from '#server/adapters/database/rows.ts'

export async function readBalance({ ctx }: { ctx: UserContext }): Promise<BalanceRow> {
  return ctx.deps.database.balance(ctx.user.id)
}
