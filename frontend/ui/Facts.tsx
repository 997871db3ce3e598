import css from './Facts.module.css'

/** Labelled facts, as many beside each other as fit. */
export function Facts({ rows }: { rows: [label: string, value: string][] }) {
  return (
    <dl className={css.facts}>
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
