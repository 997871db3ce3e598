import { Unreachable } from '~/api/client.ts'

/** How often a query is refetched, in milliseconds. */
export const SOON = 1_000
export const LATER = 2_000
export const SELDOM = 5_000

type Asked = { state: { error: Error | null } }

/** Retries while the server is unreachable, as the page says it does. */
export const whenAway = ({ state }: Asked): number | false =>
  state.error instanceof Unreachable && LATER
