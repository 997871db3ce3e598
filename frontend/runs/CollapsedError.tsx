import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useLayoutEffect, useRef } from 'react'
import type { Run } from '~/api/client.ts'
import { errorQuery } from '~/api/queries/attempts.ts'
import { useIdle } from '~/ui/idle.ts'
import { hasError } from './facts.ts'

/** Longer errors are not kept in the page unread. */
const MOST_CHARACTERS = 64_000

type FoundProps = { open: boolean; onFound: () => void; children: ReactNode }

/** Hidden, but found by the browser's own search, which then opens it. */
export function UntilFound({ open, onFound, children }: FoundProps) {
  const box = useRef<HTMLDivElement>(null)
  const found = useRef(onFound)
  useEffect(() => {
    found.current = onFound
  })
  // React knows `hidden` as yes or no; "until-found" is a third way.
  useLayoutEffect(() => {
    if (open) box.current?.removeAttribute('hidden')
    else box.current?.setAttribute('hidden', 'until-found')
  }, [open])
  useEffect(() => {
    const element = box.current
    const open_ = () => found.current()
    element?.addEventListener('beforematch', open_)
    return () => element?.removeEventListener('beforematch', open_)
  }, [])
  return <div ref={box}>{children}</div>
}

/** The text of an error that nobody has opened, fetched while the page is idle. */
export function useCollapsedError(run: Run, place: number): string | undefined {
  const wanted = hasError(run) && run.errorLength <= MOST_CHARACTERS
  const idle = useIdle(wanted, place)
  const { data } = useQuery({ ...errorQuery({ id: run.id, attempt: run.attempt }), enabled: idle })
  return data?.text
}
