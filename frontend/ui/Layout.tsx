import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { recentQuery } from '~/api/queries/runs.ts'
import { Palette } from '~/palette/Palette.tsx'
import { paths } from '~/paths.ts'
import { useIsLink, useMayWrite } from '~/people/me.ts'
import { Person } from '~/people/Person.tsx'
import { commonTexts } from '~/texts/common.ts'
import { keyTexts, paletteTexts } from '~/texts/palette.ts'
import { useArrival } from './arrival.ts'
import { noteEndings } from './endings.ts'
import { useKeptFocus } from './focus.ts'
import { LaterPart } from './LaterPage.tsx'
import css from './Layout.module.css'
import { useChord, useShortcuts } from './shortcuts.ts'
import { Toasts } from './Toasts.tsx'

function NavLink({ href, here, label }: { href: string; here: boolean; label: string }) {
  return (
    <Link href={href} aria-current={here ? 'page' : undefined}>
      {label}
    </Link>
  )
}

function Header({ onPalette, onKeys }: { onPalette: () => void; onKeys: () => void }) {
  const [path, navigate] = useLocation()
  const mayWrite = useMayWrite()
  const isLink = useIsLink()
  const [first, rest] = commonTexts.startTraining.split(' ')
  return (
    <header className={css.header}>
      <Link href={paths.runs()} className={css.brand}>
        {commonTexts.brand}
      </Link>
      <nav aria-label={commonTexts.nav.label} className={css.nav} hidden={isLink}>
        <NavLink href={paths.runs()} here={path === '/'} label={commonTexts.nav.runs} />
        <NavLink
          href={paths.errors()}
          here={path === paths.errors()}
          label={commonTexts.nav.errors}
        />
        <NavLink
          href={paths.system()}
          here={path.startsWith(paths.system())}
          label={commonTexts.nav.system}
        />
      </nav>
      <span className="grow" />
      <button type="button" className={css.palette} hidden={isLink} onClick={onPalette}>
        <svg viewBox="0 0 16 16" aria-hidden="true" className={css.lens}>
          <path d="M7 2a5 5 0 1 1 0 10A5 5 0 0 1 7 2m3.6 8.6L14.5 14.5" />
        </svg>
        <span className={css.words}>
          {paletteTexts.open} <kbd>Ctrl K</kbd>
        </span>
      </button>
      <button
        type="button"
        className={css.help}
        aria-label={keyTexts.title}
        title={keyTexts.title}
        onClick={onKeys}
      >
        ?
      </button>
      <Person />
      {mayWrite && path !== paths.start() && (
        <button type="button" className="btn primary" onClick={() => navigate(paths.start())}>
          {first}
          <span className={css.rest}>&nbsp;{rest}</span>
        </button>
      )}
    </header>
  )
}

/** Notices runs that end, on every page, hidden or not. */
function useEndingsHeard() {
  const { data } = useQuery({ ...recentQuery, enabled: !useIsLink() })
  useEffect(() => {
    if (data) noteEndings(data.runs)
  }, [data])
}

type Overlay = 'palette' | 'keys' | null

export function Layout({ children }: { children: ReactNode }) {
  const main = useRef<HTMLElement>(null)
  const [overlay, setOverlay] = useState<Overlay>(null)
  const close = () => setOverlay(null)
  const isLink = useIsLink()
  useArrival(main)
  useKeptFocus()
  useEndingsHeard()
  useShortcuts({ '?': () => setOverlay('keys') })
  useChord('k', () => {
    if (isLink || document.querySelector('dialog[open]')) return false
    setOverlay('palette')
    return true
  })
  return (
    <div className={css.page}>
      <a href="#main" className={css.skip}>
        {commonTexts.skip}
      </a>
      <Header onPalette={() => setOverlay('palette')} onKeys={() => setOverlay('keys')} />
      <main ref={main} id="main" className={css.main} tabIndex={-1}>
        {children}
      </main>
      <Toasts />
      {overlay === 'palette' && <Palette onClose={close} />}
      {overlay === 'keys' && <LaterPart>{({ Keys }) => <Keys onClose={close} />}</LaterPart>}
    </div>
  )
}
