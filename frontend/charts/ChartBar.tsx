import { chartTexts as said } from '~/texts/charts.ts'
import css from './ChartBar.module.css'
import type { Axis } from './curves.ts'
import type { Zoom } from './plot.ts'
import { type ChartView, SMOOTHINGS } from './view.ts'

type ZoomResetProps = { zoom: Zoom | null; onZoom: (zoom: null) => void }

/** Says how to zoom, and leads back; both take the same room. */
export function ZoomReset({ zoom, onZoom }: ZoomResetProps) {
  return (
    <span className={css.zoom}>
      {zoom ? (
        <button type="button" className={css.choice} onClick={() => onZoom(null)}>
          {said.resetZoom}
        </button>
      ) : (
        <span className={css.hint}>{said.zoomHint}</span>
      )}
    </span>
  )
}

type ChartBarProps = { axes: Axis[]; axis: Axis; view: ChartView }

/** What holds for all charts of a group: what x is, how smooth they are, and which part is looked at. */
export function ChartBar({ axes, axis, view }: ChartBarProps) {
  return (
    <div className={css.bar}>
      {axes.length > 1 && (
        <fieldset className={css.group} aria-label={said.xAxis}>
          {axes.map((each) => (
            <button
              key={each}
              type="button"
              className={css.choice}
              aria-pressed={each === axis}
              onClick={() => view.setAxis(each)}
            >
              {said.axes[each]}
            </button>
          ))}
        </fieldset>
      )}
      <label className={css.smooth}>
        {said.smoothing}{' '}
        <select
          value={view.smooth}
          onChange={({ currentTarget }) => view.setSmooth(Number(currentTarget.value))}
        >
          {SMOOTHINGS.map((each) => (
            <option key={each} value={each}>
              {said.smoothings[each]}
            </option>
          ))}
        </select>
      </label>
      <ZoomReset zoom={view.zoom} onZoom={view.setZoom} />
    </div>
  )
}
