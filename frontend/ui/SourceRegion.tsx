import type { ReactNode } from 'react'
import { copySource, selectOwn } from './sourceKeys.ts'

type SourceRegionProps = {
  text: string
  label: string
  className: string | undefined
  children: ReactNode
}

/** A region that shows a text in its own way, and whose keys select and copy the text itself. */
export function SourceRegion({ text, label, className, children }: SourceRegionProps) {
  return (
    // A region that scrolls must be reachable by keyboard (axe: scrollable-region-focusable).
    <section
      className={className}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      onKeyDown={selectOwn}
      onCopy={(event) => copySource(event, text)}
    >
      {children}
    </section>
  )
}
