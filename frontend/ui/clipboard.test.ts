// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { copyText } from './clipboard.ts'

/** What a browser does on execCommand('copy'): it asks the page by an event. */
let clipboard: string | null
let execCommand: () => boolean

function fireCopy(): boolean {
  const event = new Event('copy', { bubbles: true, cancelable: true })
  const setData = (_: string, text: string) => {
    clipboard = text
  }
  Object.assign(event, { clipboardData: { setData } })
  document.dispatchEvent(event)
  return true
}

beforeEach(() => {
  clipboard = null
  execCommand = fireCopy
  Object.assign(document, { execCommand: () => execCommand() })
})

afterEach(() => {
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

test('on an insecure origin the text goes through the copy event', async () => {
  expect(await copyText('exact\n text \r\n')).toBe(true)
  expect(clipboard).toBe('exact\n text \r\n')
})

test('an execCommand that answers true although nobody listened is no success', async () => {
  execCommand = () => true
  expect(await copyText('text')).toBe(false)
  expect(clipboard).toBeNull()
})

test('an execCommand that refuses is no success, even if the event came', async () => {
  execCommand = () => {
    fireCopy()
    return false
  }
  expect(await copyText('text')).toBe(false)
})

test('an execCommand that throws is no success', async () => {
  execCommand = () => {
    throw new Error('blocked')
  }
  expect(await copyText('text')).toBe(false)
})

test('NUL becomes its picture, as clipboards end there', async () => {
  await copyText('a\0b')
  expect(clipboard).toBe('a\u2400b')
})

test('nothing is left behind: no element, no listener', async () => {
  await copyText('text')
  expect(document.body.childElementCount).toBe(0)
  clipboard = null
  fireCopy()
  expect(clipboard).toBeNull()
})

test('what was selected before is selected after', async () => {
  const paragraph = document.createElement('p')
  paragraph.textContent = 'some words'
  document.body.append(paragraph)
  document.getSelection()?.selectAllChildren(paragraph)
  await copyText('text')
  expect(String(document.getSelection())).toBe('some words')
})

test('in an open dialog the marker stands inside it, where the page behind is inert', async () => {
  const dialog = document.createElement('dialog')
  dialog.setAttribute('open', '')
  const button = document.createElement('button')
  dialog.append(button)
  document.body.append(dialog)
  button.focus()
  let host: Element | null | undefined
  execCommand = () => {
    host = document.getSelection()?.anchorNode?.parentElement?.closest('dialog')
    return fireCopy()
  }
  expect(await copyText('text')).toBe(true)
  expect(host).toBe(dialog)
})

function secureWith(writeText: (text: string) => Promise<void>) {
  vi.stubGlobal('isSecureContext', true)
  vi.stubGlobal('navigator', { clipboard: { writeText } })
}

test('on a secure origin the clipboard itself is asked', async () => {
  const written: string[] = []
  secureWith(async (text) => void written.push(text))
  expect(await copyText('text')).toBe(true)
  expect(written).toEqual(['text'])
  expect(clipboard).toBeNull()
})

test('where the clipboard itself refuses, the copy event is tried', async () => {
  secureWith(() => Promise.reject(new Error('NotAllowedError')))
  expect(await copyText('text')).toBe(true)
  expect(clipboard).toBe('text')
})
