import { Unreachable } from '~/api/client.ts'

/** How often a query is asked again, in milliseconds. */
export const SOON = 1_000
export const LATER = 2_000
export const SELDOM = 5_000

type Asked = { state: { error: Error | null } }

/** A server that is away is asked again until it answers; the page says so meanwhile. */
export const whenAway = ({ state }: Asked): number | false =>
  state.error instanceof Unreachable && LATER
