import { initTRPC } from '@trpc/server'
import { type Context, optionalUser, requireUser, requireWorker } from './context.ts'
import { shapeOf, toForgeError, toTRPCError } from './errors.ts'
import { jobFacts } from './job-log.ts'
import { ForgeError } from '#shared/errors.ts'

// 1. Context: built by app.ts for every HTTP request, by tests for a caller (context.ts).

// 2. Init: the only call of initTRPC.
const t = initTRPC.context<Context>().create({
  isDev: false,
  errorFormatter({ shape, error }) {
    const forge = shapeOf(error)
    const { code, httpStatus, path } = shape.data
    return { code: shape.code, message: forge.code, data: { code, httpStatus, path, forge } }
  },
})

// 3. Middleware
const mapErrors = t.middleware(async ({ ctx, path, next }) => {
  const result = await next()
  if (result.ok) return result
  const refusal = toForgeError(result.error)
  if (refusal !== null) {
    // A refusal with a cause is somebody's trouble, not the caller's.
    if (refusal.cause === undefined) ctx.log.info({ path, code: refusal.code }, 'refused')
    else ctx.log.warn({ path, code: refusal.code, err: refusal.cause }, 'refused')
    throw toTRPCError(refusal)
  }
  ctx.log.error({ path, err: result.error.cause ?? result.error }, 'call failed')
  throw toTRPCError(new ForgeError('INTERNAL', { request: ctx.requestId }))
})

/** Counted per call, not per HTTP request: a batch of ten is ten. */
const limitRate = t.middleware(async ({ ctx, type, next }) => {
  const account = ctx.caller.kind === 'user' ? ctx.caller.user.id : null
  await ctx.deps.rates.spend({ mutation: type === 'mutation', address: ctx.address, account })
  return next()
})

/** One line for every job that a mutation was about, whichever way it ended. */
const logJobs = t.middleware(async ({ ctx, path, type, getRawInput, next }) => {
  const result = await next()
  if (type === 'mutation') {
    // A call that takes nothing may have no body to read.
    const input = await getRawInput().catch(() => undefined)
    const code = result.ok ? undefined : toForgeError(result.error)?.code
    for (const facts of jobFacts(path, input, result.ok ? result.data : undefined)) {
      ctx.log.info({ ...facts, path, code }, 'job call')
    }
  }
  return result
})

const asUser = t.middleware(({ ctx, next }) => next({ ctx: { ...ctx, user: requireUser(ctx.caller) } }))

const asVisitor = t.middleware(({ ctx, next }) => next({ ctx: { ...ctx, user: optionalUser(ctx.caller) } }))

const asPermanent = t.middleware(({ ctx, next }) => {
  const user = requireUser(ctx.caller)
  if (user.anonymous) throw new ForgeError('FORBIDDEN')
  return next({ ctx: { ...ctx, user } })
})

const asOperator = t.middleware(({ ctx, next }) => {
  const user = requireUser(ctx.caller)
  if (user.operator !== true) throw new ForgeError('FORBIDDEN')
  return next({ ctx: { ...ctx, user } })
})

/** Whatever a box is refused is counted; a flood ends here, before it costs the database anything. */
const watchBox = t.middleware(async ({ ctx, next }) => {
  if (ctx.caller.kind !== 'worker') return next()
  await ctx.deps.watch.spend(ctx.caller.workerId)
  const result = await next()
  const refusal = result.ok ? null : toForgeError(result.error)
  if (refusal !== null) ctx.deps.watch.note(ctx.caller.workerId, refusal)
  return result
})

/** Revoking a key or a box works at once: every call asks the database, the token alone is not enough. */
const asWorker = t.middleware(async ({ ctx, next }) => {
  const workerId = requireWorker(ctx.caller)
  await ctx.deps.database.checkWorker(workerId)
  return next({ ctx: { ...ctx, workerId } })
})

// 4. Procedures: the only ones that routers may use.
export const router = t.router
export const createCallerFactory = t.createCallerFactory

const base = t.procedure.use(mapErrors).use(logJobs)
/** Anyone, whatever token they hold. */
export const publicProcedure = base.use(limitRate)
/** Anyone, but a token that is sent must be good. */
export const visitorProcedure = publicProcedure.use(asVisitor)
/** A signed-in user, anonymous ones included. */
export const userProcedure = publicProcedure.use(asUser)
/** A signed-in user with a permanent account. */
export const permanentProcedure = publicProcedure.use(asPermanent)
/** A signed-in user whose token says that they are an operator. */
export const operatorProcedure = publicProcedure.use(asOperator)
/** A worker instance with a live session; limited by what a box can do, since it speaks for many artists. */
export const workerProcedure = base.use(watchBox).use(asWorker)
