/** What a selection among elements with `data-start` and `data-end` means in their source text. */

function placed(node: Node | null): HTMLElement | null {
  const element = node instanceof HTMLElement ? node : node?.parentElement
  return element?.closest<HTMLElement>('[data-start]') ?? null
}

const startOf = (element: HTMLElement) => Number(element.dataset.start)
const endOf = (element: HTMLElement) => Number(element.dataset.end)

function inText(element: HTMLElement, offset: number): number {
  const length = element.textContent.length
  const exact = endOf(element) - startOf(element) === length
  if (exact) return startOf(element) + offset
  return offset === 0 ? startOf(element) : endOf(element)
}

/** The source offset at which the last element before a place ends; 0 if there is none. */
function before(root: HTMLElement, node: Node, offset: number): number {
  const range = document.createRange()
  range.setStart(root, 0)
  range.setEnd(node, offset)
  let last = 0
  for (const element of root.querySelectorAll<HTMLElement>('[data-start]')) {
    if (range.comparePoint(element, 0) > 0) break
    last = endOf(element)
  }
  return last
}

function sourceOffset(root: HTMLElement, node: Node, offset: number): number {
  const element = node instanceof Text ? placed(node) : null
  return element ? inText(element, offset) : before(root, node, offset)
}

/** The part of `source` that is selected within `root`; null when none of it is. */
export function selectedSource(
  root: HTMLElement,
  source: string,
  selection: Selection | null,
): string | null {
  if (!selection || selection.rangeCount === 0 || selection.isCollapsed) return null
  const range = selection.getRangeAt(0)
  if (!range.intersectsNode(root)) return null
  const { startContainer, startOffset, endContainer, endOffset } = range
  const from = root.contains(startContainer) ? sourceOffset(root, startContainer, startOffset) : 0
  const toTheEnd = endContainer === root && endOffset === root.childNodes.length
  if (toTheEnd || !root.contains(endContainer)) return source.slice(from)
  return source.slice(from, sourceOffset(root, endContainer, endOffset))
}
