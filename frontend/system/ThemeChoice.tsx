import { useId } from 'react'
import { themeTexts as said } from '~/texts/palette.ts'
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
