import { formatAgo, formatDateTime, formatDay, NONE } from './format.ts'
import { useNow } from './now.ts'

const zoned = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'long' })

/** A time with how long ago that is; its tooltip has the time zone. */
export function Moment({ time }: { time: string | null }) {
  const now = useNow()
  if (time === null) return NONE
  const ago = formatAgo(time, now)
  return (
    <time dateTime={time} title={zoned.format(Date.parse(time))}>
      {formatDateTime(time)}
      {ago !== formatDay(time) && <span className="faint"> ({ago})</span>}
    </time>
  )
}
