import type { ClipboardEvent, KeyboardEvent } from 'react'
import { selectedSource } from './selection.ts'

/** Ctrl+A selects this text and nothing of the page around it. */
export function selectOwn(event: KeyboardEvent<HTMLElement>) {
  if (event.key.toLowerCase() !== 'a' || !(event.ctrlKey || event.metaKey)) return
  event.preventDefault()
  document.getSelection()?.selectAllChildren(event.currentTarget)
}

/** Browsers would copy what they drew: line ends at pieces, marks for control characters. */
export function copySource(event: ClipboardEvent<HTMLElement>, text: string) {
  const selected = selectedSource(event.currentTarget, text, document.getSelection())
  if (selected === null) return
  event.clipboardData.setData('text/plain', selected)
  event.preventDefault()
}
