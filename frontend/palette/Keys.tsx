import { keyTexts as said } from '~/texts/palette.ts'
import { Dialog } from '~/ui/Dialog.tsx'
import { usePreference } from '~/ui/preference.ts'
import { KEYS_PREFERENCE } from '~/ui/shortcuts.ts'
import css from './Keys.module.css'

/** All keyboard shortcuts, and a switch for the single keys. */
export function Keys({ onClose }: { onClose: () => void }) {
  const [on, setOn] = usePreference(KEYS_PREFERENCE, true)
  return (
    <Dialog title={said.title} onClose={onClose}>
      {said.groups.map(({ name, keys }) => (
        <section key={name} className={css.group}>
          <h3>{name}</h3>
          <dl>
            {keys.map(([key, does]) => (
              <div key={key}>
                <dt>
                  {key.split(', ').map((each) => (
                    <kbd key={each}>{each}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <label className={css.switch}>
        <input type="checkbox" checked={on} onChange={() => setOn(!on)} />
        {said.single}
      </label>
    </Dialog>
  )
}
