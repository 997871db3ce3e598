import { queryOptions, useQuery } from '@tanstack/react-query'
import { body, client } from '~/api/client.ts'

/** Who is logged in, and what they may do. */
const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => body(client.GET('/api/training/me', { signal })),
  staleTime: 30_000,
})

export const useMe = () => useQuery(meQuery).data

/**
 * Whether to offer what changes something: until it is known that somebody may not, yes.
 *
 * The server refuses in any case; this only spares the disappointment.
 */
export const useMayWrite = (): boolean => useMe()?.mayWrite ?? true

/** Whether only one run can be seen, by a read-only link. */
export const useIsLink = (): boolean => Boolean(useMe()?.run)
