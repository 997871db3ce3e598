import { useEffect, useRef, useState } from 'react'
import { copyTexts } from '~/texts/common.ts'
import css from './CopyButton.module.css'
import { copyText } from './clipboard.ts'
import { Dialog } from './Dialog.tsx'
import { countCharacters } from './format.ts'

const SAID_FOR_MS = 3_000

type FallbackProps = { text: string; download: string | undefined; onClose: () => void }

/** Shown where copying is refused: the text, selected, to be copied by hand. */
function CopyFallback({ text, download, onClose }: FallbackProps) {
  const area = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    area.current?.focus()
    area.current?.select()
  }, [])
  const link = download && (
    <a className="btn" href={download} download>
      {copyTexts.download}
    </a>
  )
  return (
    <Dialog title={copyTexts.failedTitle} onClose={onClose} actions={link}>
      <div className="stack">
        <p role="alert">{copyTexts.failed}</p>
        <textarea
          ref={area}
          className={`mono ${css.area}`}
          aria-label={copyTexts.area}
          value={text}
          readOnly
          rows={12}
        />
      </div>
    </Dialog>
  )
}

type CopyButtonProps = {
  label: string
  /** What is copied, for the confirmation: "Error copied". */
  what: string
  /** undefined while it is being fetched: it must be in memory when the click happens. */
  text: string | undefined
  /** Address of the same text, for where copying is refused. */
  download?: string
  className?: string
  /** A file that belongs to the text, saved by the same click. */
  file?: { address: string; name: string; characters: number } | undefined
}

/** Downloads a URL. */
function save(address: string, name: string) {
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
}

type Outcome = 'copied' | 'failed' | null

/** Copies a text that is already loaded, and says so only if it is on the clipboard. */
export function CopyButton(props: CopyButtonProps) {
  const { label, what, text, download, className = 'btn', file } = props
  const [outcome, setOutcome] = useState<Outcome>(null)
  useEffect(() => {
    if (outcome !== 'copied') return
    const timer = setTimeout(() => setOutcome(null), SAID_FOR_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  const copied = outcome === 'copied'
  const copy = async () => {
    if (text === undefined) return
    setOutcome((await copyText(text)) ? 'copied' : 'failed')
    if (file) save(file.address, file.name)
  }
  return (
    <>
      <button type="button" className={className} disabled={text === undefined} onClick={copy}>
        <span className={css.labels}>
          <span className={copied ? css.away : undefined} aria-hidden={copied}>
            {label}
          </span>
          <span className={copied ? undefined : css.away} aria-hidden={!copied}>
            {copyTexts.copied}
          </span>
        </span>
      </button>
      <span role="status" className="hidden">
        {copied && text !== undefined && copyTexts.copiedStatus(what, countCharacters(text))}
        {copied && file && ` ${copyTexts.savedStatus(file.name, file.characters)}`}
      </span>
      {outcome === 'failed' && text !== undefined && (
        <CopyFallback text={text} download={download} onClose={() => setOutcome(null)} />
      )}
    </>
  )
}
