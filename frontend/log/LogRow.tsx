import { memo } from 'react'
import { lineHash } from '~/paths.ts'
import { logTexts } from '~/texts/log.ts'
import { AnsiText } from './AnsiText.tsx'
import css from './LogView.module.css'
import { levelOf } from './levels.ts'
import type { ShownLine } from './shown.ts'

const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})

type LineTextProps = { line: ShownLine; onWhole: (number: number) => void }

function LineText({ line, onWhole }: LineTextProps) {
  const { number, text, updates, about, cut } = line
  return (
    <>
      <span className={css.text} data-text>
        <AnsiText text={text} />
      </span>
      {(cut || updates > 1) && (
        <button type="button" className={css.more} onClick={() => onWhole(number)}>
          {cut ? logTexts.showFullLine : logTexts.updates(updates, about)}
        </button>
      )}
    </>
  )
}

type LogRowProps = {
  number: number
  line: ShownLine | undefined
  /** undefined for wrapped rows, which flow. */
  top: number | undefined
  /** How many digits the longest line number has. */
  digits: number
  marked: boolean
  /** Whether the line is one of the error's. */
  failed: boolean
  times: boolean
  onPick: (number: number, extend: boolean) => void
  onWhole: (number: number) => void
}

/** One line; its number links to it. */
export const LogRow = memo(function LogRow(props: LogRowProps) {
  const { number, line, top, digits, marked, failed, times, onPick, onWhole } = props
  const level = line && levelOf(line.text)
  const names = [marked ? css.marked : css.line, failed && css.failed, level && css[level]]
  return (
    <div className={names.filter(Boolean).join(' ')} style={{ top }} data-line={number}>
      <a
        href={lineHash({ first: number, last: number })}
        className={css.number}
        aria-label={logTexts.lineNumber(number)}
        tabIndex={-1}
        style={{ minWidth: `calc(${digits}ch + 24px)` }}
        onClick={(event) => {
          event.preventDefault()
          onPick(number, event.shiftKey)
        }}
      >
        {number}
      </a>
      {times && (
        <span className={css.time}>{line?.time ? clock.format(Date.parse(line.time)) : ''}</span>
      )}
      {line ? (
        <LineText line={line} onWhole={onWhole} />
      ) : (
        // Where a selection can begin before the text is here.
        <span className={css.text}>&nbsp;</span>
      )}
    </div>
  )
})
