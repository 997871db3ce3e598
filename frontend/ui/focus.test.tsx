// @vitest-environment jsdom
import { render, screen, waitFor } from '@testing-library/react'
import { useState } from 'react'
import { expect, test } from 'vitest'
import { useKeptFocus } from './focus.ts'

function Rows() {
  useKeptFocus()
  const [rows, setRows] = useState(['one', 'two', 'three'])
  const [busy, setBusy] = useState(false)
  return (
    <main>
      <ul>
        {rows.map((row) => (
          <li key={row}>
            {row}
            <button type="button" onClick={() => setRows(rows.filter((each) => each !== row))}>
              Resolve {row}
            </button>
          </li>
        ))}
      </ul>
      <button
        type="button"
        disabled={busy}
        onClick={() => {
          setBusy(true)
          setTimeout(() => setBusy(false), 20)
        }}
      >
        Retry
      </button>
    </main>
  )
}

const press = (name: string) => {
  const button = screen.getByRole('button', { name })
  button.focus()
  button.click()
}

test('the focus of a row that goes is taken by the next one, then by the one before, then by all', async () => {
  render(<Rows />)
  press('Resolve two')
  await waitFor(() => expect(screen.getByRole('button', { name: 'Resolve three' })).toHaveFocus())
  press('Resolve three')
  await waitFor(() => expect(screen.getByRole('button', { name: 'Resolve one' })).toHaveFocus())
  press('Resolve one')
  await waitFor(() => expect(screen.getByRole('main')).toHaveFocus())
})

test('a button that is disabled while it works has the focus again', async () => {
  render(<Rows />)
  const button = screen.getByRole('button', { name: 'Retry' })
  press('Retry')
  await waitFor(() => expect(button).toBeDisabled())
  button.blur() // as browsers do, and jsdom does not
  await waitFor(() => expect(button).toHaveFocus())
})
