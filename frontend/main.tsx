// First: it names the order of the layers that every other style sheet falls into.
import './styles.css'
import './fonts.css'
import './media.css'

import { MutationCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { whenAway } from './api/queries/polling.ts'
import { startTheme } from './ui/theme.ts'

startTheme()

const cache: QueryClient = new QueryClient({
  defaultOptions: {
    // The server may be on this machine: "offline" says nothing about it. What polls tries again anyway.
    queries: {
      networkMode: 'always',
      retry: false,
      refetchInterval: whenAway,
      refetchIntervalInBackground: false,
    },
    mutations: { networkMode: 'always', retry: false },
  },
  // Settled, not succeeded: a refusal means that what is shown is out of date. And it comes after a
  // page has left, so that a run just deleted is not asked for again.
  mutationCache: new MutationCache({ onSettled: () => void cache.invalidateQueries() }),
})

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={cache}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
)
