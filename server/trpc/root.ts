import { accountRouter } from '#server/routers/account.ts'
import { assetsRouter } from '#server/routers/assets.ts'
import { creditsRouter } from '#server/routers/credits.ts'
import { forgeRouter } from '#server/routers/forge.ts'
import { galleryRouter } from '#server/routers/gallery.ts'
import { limitsRouter } from '#server/routers/limits.ts'
import { modesRouter } from '#server/routers/modes.ts'
import { operatorRouter } from '#server/routers/operator.ts'
import { sharesRouter } from '#server/routers/shares.ts'
import { workerRouter } from '#server/routers/worker.ts'
import { router } from './init.ts'

export const appRouter = router({
  modes: modesRouter,
  forge: forgeRouter,
  gallery: galleryRouter,
  assets: assetsRouter,
  limits: limitsRouter,
  credits: creditsRouter,
  account: accountRouter,
  shares: sharesRouter,
  operator: operatorRouter,
  worker: workerRouter,
})

export type AppRouter = typeof appRouter
