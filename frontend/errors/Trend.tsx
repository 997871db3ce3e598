import { errorsTexts as said } from '~/texts/errors.ts'
import css from './Errors.module.css'

const WIDTH = 6
const HEIGHT = 22

/** How often an error was seen on each of the last days, as bars; the present day is the last one. */
export function Trend({ days }: { days: number[] }) {
  const most = Math.max(1, ...days)
  return (
    <svg
      className={css.trend}
      width={days.length * WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={said.trendOf(days)}
    >
      <title>{said.trendOf(days)}</title>
      {days.map((count, day) => {
        const height = count === 0 ? 1 : 3 + ((HEIGHT - 3) * count) / most
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a day
            key={day}
            className={count === 0 ? css.none_ : undefined}
            x={day * WIDTH}
            y={HEIGHT - height}
            width={WIDTH - 1}
            height={height}
          />
        )
      })}
    </svg>
  )
}
