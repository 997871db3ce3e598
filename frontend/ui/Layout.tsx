import { type ReactNode, useRef } from 'react'
import { Link, useLocation } from 'wouter'
import { paths } from '~/paths.ts'
import { useArrival } from './arrival.ts'
import css from './Layout.module.css'
import { texts } from './texts.ts'

function NavLink({ href, here, label }: { href: string; here: boolean; label: string }) {
  return (
    <Link href={href} aria-current={here ? 'page' : undefined}>
      {label}
    </Link>
  )
}

function Header() {
  const [path, navigate] = useLocation()
  return (
    <header className={css.header}>
      <Link href={paths.runs()} className={css.brand}>
        {texts.brand}
      </Link>
      <nav aria-label={texts.nav.label} className={css.nav}>
        <NavLink href={paths.runs()} here={path === '/'} label={texts.nav.runs} />
        <NavLink href={paths.errors()} here={path === paths.errors()} label={texts.nav.errors} />
        <NavLink href={paths.system()} here={path === paths.system()} label={texts.nav.system} />
      </nav>
      <span className="grow" />
      {path !== paths.start() && (
        <button type="button" className="btn primary" onClick={() => navigate(paths.start())}>
          {texts.startTraining}
        </button>
      )}
    </header>
  )
}

export function Layout({ children }: { children: ReactNode }) {
  const main = useRef<HTMLElement>(null)
  useArrival(main)
  return (
    <div className={css.page}>
      <a href="#main" className={css.skip}>
        {texts.skip}
      </a>
      <Header />
      <main ref={main} id="main" className={css.main} tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}
