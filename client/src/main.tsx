import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { followSession } from './app/account-actions.ts'
import { followShelf } from './app/follow-shelf.ts'
import { router } from './app/router.tsx'
import { accessToken, endSession, renewToken } from './features/account/session.ts'
import { restoreDraft } from './features/bench/draft-store.ts'
import { queryClient, setTokenSource } from './lib/api.ts'
import './styles/index.css'

setTokenSource(accessToken, { renew: renewToken, end: endSession })
void restoreDraft()
void followSession()
followShelf()

const place = document.getElementById('root')
if (!place) throw new Error('index.html has no #root')
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
