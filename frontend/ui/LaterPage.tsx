import { queryOptions, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { request, Unreachable } from '~/api/client.ts'
import { stateTexts } from '~/texts/common.ts'
import { useIdle } from './idle.ts'
import { Part, With } from './States.tsx'

/** Asks for the server where the file did not come: it may be away, or have become another version. */
async function loadPages() {
  try {
    return await import('~/pages.ts')
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const { ok } = await request('/healthz')
    throw ok ? new Error(stateTexts.otherVersion) : new Unreachable(stateTexts.unreachable)
  }
}

const pagesQuery = queryOptions({
  queryKey: ['pages'],
  queryFn: loadPages,
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
})

/** Loads the other pages once the first one has settled, so that they are here when they are wanted. */
export function useLaterPages() {
  const idle = useIdle(true, 0)
  useQuery({ ...pagesQuery, enabled: idle })
}

type Pages = Awaited<ReturnType<typeof loadPages>>

/** A page that is no part of the first load. */
export function LaterPage({ children }: { children: (pages: Pages) => ReactNode }) {
  return <With result={useQuery(pagesQuery)}>{children}</With>
}

/** A dialog or a part of a page that is no part of the first load. */
export function LaterPart({ children }: { children: (pages: Pages) => ReactNode }) {
  return <Part result={useQuery(pagesQuery)}>{children}</Part>
}
