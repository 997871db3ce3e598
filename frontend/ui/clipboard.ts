/**
 * Copying that works on plain http and never claims a success it did not have.
 *
 * On an insecure origin `navigator.clipboard` does not exist and what is left is
 * `document.execCommand('copy')`. It answers true although nothing was copied when the selected
 * text lies outside an open modal dialog, and copying through a textarea takes seconds at 10 MB. So
 * the text is handed over in a `copy` event, which must reach our own listener to count.
 */

/** Windows clipboards end at the first NUL and Firefox drops it: show it as its picture. */
const withoutNul = (text: string) => text.replaceAll('\0', '\u2400')

/** Old Safari fires no copy event without a selection: one invisible character, near the focus. */
function selectMarker(): () => void {
  const host = document.activeElement?.closest('dialog[open], [role=dialog]') ?? document.body
  const selection = document.getSelection()
  const saved = saveSelection(selection)
  const marker = document.createElement('span')
  marker.textContent = '\u00a0'
  marker.style.cssText = 'position:fixed;top:0;left:0;opacity:0;white-space:pre;user-select:text'
  host.append(marker)
  selection?.selectAllChildren(marker)
  return () => {
    selection?.removeAllRanges()
    marker.remove()
    for (const range of saved) selection?.addRange(range)
  }
}

function saveSelection(selection: Selection | null): Range[] {
  const count = selection?.rangeCount ?? 0
  return Array.from({ length: count }, (_, index) => selection?.getRangeAt(index)).filter(
    (range) => range !== undefined,
  )
}

function copyByEvent(text: string): boolean {
  let handed = false
  const hand = (event: ClipboardEvent) => {
    if (!event.clipboardData) return
    event.clipboardData.setData('text/plain', text)
    event.preventDefault()
    event.stopImmediatePropagation()
    handed = true
  }
  const restore = selectMarker()
  document.addEventListener('copy', hand, true)
  try {
    return document.execCommand('copy') && handed
  } catch {
    return false
  } finally {
    document.removeEventListener('copy', hand, true)
    restore()
  }
}

/**
 * Put `text` on the clipboard; true only if it is there.
 *
 * Call it directly in a click, with the text already in memory: WebKit refuses after a wait of 300 ms.
 */
export async function copyText(text: string): Promise<boolean> {
  const safe = withoutNul(text)
  if (window.isSecureContext && navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(safe)
      return true
    } catch {
      // Refused (permission, focus): the event below asks for neither.
    }
  }
  return copyByEvent(safe)
}
