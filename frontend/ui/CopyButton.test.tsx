// @vitest-environment jsdom
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test } from 'vitest'
import { CopyButton } from './CopyButton.tsx'

/** jsdom has dialogs but cannot open them as modal ones. */
beforeEach(() => {
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.setAttribute('open', '')
  }
  HTMLDialogElement.prototype.close = function close() {
    this.removeAttribute('open')
    this.dispatchEvent(new Event('close'))
  }
})

const handsOver = () => {
  const event = new Event('copy', { cancelable: true })
  Object.assign(event, { clipboardData: { setData: () => {} } })
  return document.dispatchEvent(event) || true
}

test('it cannot be pressed before the text is here', () => {
  render(<CopyButton label="Copy error" what="Error" text={undefined} />)
  expect(screen.getByRole('button', { name: 'Copy error' })).toBeDisabled()
})

test('it says "Copied", and how much, once that is true', async () => {
  Object.assign(document, { execCommand: handsOver })
  render(<CopyButton label="Copy error" what="Error" text="😀 abc" />)
  await userEvent.click(screen.getByRole('button', { name: 'Copy error' }))
  expect(screen.getByRole('status')).toHaveTextContent('Error copied (5 characters).')
})

test('where copying is refused it never claims success, and gives the text to copy by hand', async () => {
  Object.assign(document, { execCommand: () => true })
  const user = userEvent.setup({ writeToClipboard: false })
  render(<CopyButton label="Copy error" what="Error" text="the error" download="/error" />)
  await user.click(screen.getByRole('button', { name: 'Copy error' }))
  expect(screen.getByRole('dialog', { name: 'Not copied' })).toBeVisible()
  expect(screen.getByRole('textbox', { name: 'Text to copy' })).toHaveValue('the error')
  expect(screen.getByRole('link', { name: 'Download instead' })).toHaveAttribute('href', '/error')
  expect(screen.getByRole('status')).toBeEmptyDOMElement()
})
