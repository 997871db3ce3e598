import { type MouseEvent, useEffect, useState } from 'react'
import { runTexts as said } from '~/texts/run.ts'
import css from './SectionNav.module.css'

type Section = { id: string; name: string }

const headings = () =>
  Array.from(document.querySelectorAll<HTMLElement>('#main :is(h1, h2)[id]')).filter(
    (heading) => !heading.closest('dialog'),
  )

const nameOf = (heading: HTMLElement) =>
  heading.tagName === 'H1' ? said.overview : (heading.textContent ?? '')

const sameAs = (before: Section[]) => (section: Section, index: number) =>
  before[index]?.id === section.id && before[index]?.name === section.name

/** The sections that the page has by now: they come with what they show. */
function useSections(): Section[] {
  const [sections, setSections] = useState<Section[]>([])
  useEffect(() => {
    const look = () => {
      const found = headings().map((heading) => ({ id: heading.id, name: nameOf(heading) }))
      setSections((before) =>
        before.length === found.length && found.every(sameAs(before)) ? before : found,
      )
    }
    look()
    const main = document.getElementById('main')
    const observer = new MutationObserver(look)
    if (main) observer.observe(main, { childList: true, subtree: true })
    return () => observer.disconnect()
  }, [])
  return sections
}

/** Below the page's head and this list; what begins above here is being read. */
const READ_FROM = 130

/** The section that is read: the last one that begins above the window's upper part. */
function useCurrent(sections: Section[]): string | undefined {
  const [current, setCurrent] = useState<string>()
  useEffect(() => {
    const look = () => {
      const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2
      const begun = headings().filter((heading) => heading.getBoundingClientRect().top < READ_FROM)
      const last = atEnd && scrollY > 0 ? headings().at(-1) : begun.at(-1)
      setCurrent(last?.id ?? sections[0]?.id)
    }
    look()
    addEventListener('scroll', look, { passive: true })
    return () => removeEventListener('scroll', look)
  }, [sections])
  return current
}

/** Shows a section and gives it the focus; the history stays as it is. */
function goTo(event: MouseEvent, id: string) {
  const heading = document.getElementById(id)
  if (!heading || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  heading.tabIndex = -1
  if (heading.tagName === 'H1') scrollTo(0, 0)
  else heading.scrollIntoView()
  heading.focus({ preventScroll: true })
  history.replaceState(history.state, '', `#${id}`)
}

/** Links to the sections of a long page, which stay in view. */
export function SectionNav() {
  const sections = useSections()
  const current = useCurrent(sections)
  return (
    <nav className={css.nav} aria-label={said.sections}>
      {sections.map(({ id, name }) => (
        <a
          key={id}
          href={`#${id}`}
          aria-current={id === current ? 'location' : undefined}
          onClick={(event) => goTo(event, id)}
        >
          {name}
        </a>
      ))}
    </nav>
  )
}
