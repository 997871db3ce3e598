import { useId } from 'react'
import { densityTexts, themeTexts as said } from '~/texts/palette.ts'
import { useComfortable } from '~/ui/density.ts'
import { setTheme, THEMES, useTheme } from '~/ui/theme.ts'
import css from './Notify.module.css'

/** Light, dark, or as the device has it. */
export function ThemeChoice() {
  const theme = useTheme()
  const id = useId()
  return (
    <p className={css.notify}>
      <label htmlFor={id}>{said.title}</label>
      <select
        id={id}
        value={theme}
        onChange={({ currentTarget }) =>
          setTheme(THEMES.find((each) => each === currentTarget.value) ?? 'system')
        }
      >
        {THEMES.map((each) => (
          <option key={each} value={each}>
            {said.names[each]}
          </option>
        ))}
      </select>
    </p>
  )
}

/** As many rows as fit into the view, or some room around each. */
export function DensityChoice() {
  const [comfortable, setComfortable] = useComfortable()
  const id = useId()
  return (
    <p className={css.notify}>
      <label htmlFor={id}>{densityTexts.title}</label>
      <select
        id={id}
        value={comfortable ? 'comfortable' : 'compact'}
        onChange={({ currentTarget }) => setComfortable(currentTarget.value === 'comfortable')}
      >
        <option value="compact">{densityTexts.compact}</option>
        <option value="comfortable">{densityTexts.comfortable}</option>
      </select>
    </p>
  )
}
