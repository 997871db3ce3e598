import { useMutation } from '@tanstack/react-query'
import { changeGroup } from '~/api/actions.ts'
import type { Group } from '~/api/client.ts'
import { useMayWrite } from '~/people/me.ts'
import { errorsTexts as said } from '~/texts/errors.ts'
import { say } from '~/ui/toasts.ts'
import css from './Errors.module.css'

/** Calls an error resolved, or opens it again; either can be undone. */
export function ResolveButton({ group, className = 'link' }: { group: Group; className?: string }) {
  const change = useMutation(changeGroup)
  const mayWrite = useMayWrite()
  const { fingerprint: id, title } = group
  const resolved = group.state === 'resolved'
  const mark = (to: boolean) =>
    change.mutate(
      { id, resolved: to },
      { onSuccess: () => say(said.marked(to, title), () => change.mutate({ id, resolved: !to })) },
    )
  if (!mayWrite) return null
  return (
    <>
      <button
        type="button"
        className={className}
        aria-disabled={change.isPending}
        onClick={() => !change.isPending && mark(!resolved)}
      >
        {resolved ? said.reopen : said.resolve}
        <span className="hidden">{said.of(title)}</span>
      </button>
      {change.error && (
        <span className={css.refused} role="alert">
          {change.error.message}
        </span>
      )}
    </>
  )
}
