import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode, useEffect } from 'react'
import { queryClient } from '#client/lib/api.ts'
import { router } from './router.tsx'

/** The whole page. `onShown` is called once it stands in the document. */
export function App({ onShown }: { onShown?: () => void }) {
  useEffect(() => onShown?.(), [onShown])
  return (
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>
  )
}
