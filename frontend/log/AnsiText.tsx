import type { CSSProperties } from 'react'
import css from './AnsiText.module.css'
import { isSpecial, type Style, type Token, tokenize } from './ansi.ts'

const isCss = (colour: string) => colour.startsWith('rgb(')

function className(style: Style): string {
  const names = [
    style.bold && css.bold,
    style.dim && css.dim,
    style.italic && css.italic,
    style.underline && css.underline,
    style.strike && css.strike,
    style.inverse && css.inverse,
    style.fg && !isCss(style.fg) && css[`fg-${style.fg}`],
    style.bg && !isCss(style.bg) && css[`bg-${style.bg}`],
  ]
  return names.filter(Boolean).join(' ')
}

/** A colour from the log, made dark or light enough to be read on our background. */
const readable = (colour: string) =>
  `light-dark(oklch(from ${colour} min(l, 0.5) c h), oklch(from ${colour} max(l, 0.76) c h))`

const faint = (colour: string) => `color-mix(in srgb, ${colour} 20%, transparent)`

function inline(style: Style): CSSProperties | undefined {
  const fg = style.fg && isCss(style.fg) ? readable(style.fg) : undefined
  const bg = style.bg && isCss(style.bg) ? faint(style.bg) : undefined
  return fg || bg ? { color: fg, background: bg } : undefined
}

function TokenSpan({ token, start }: { token: Token; start: number }) {
  const place = { 'data-start': start + token.start, 'data-end': start + token.end }
  if (token.kind === 'mark') {
    return (
      <span {...place} className={css.mark} title={token.title}>
        {token.text}
      </span>
    )
  }
  if (!token.style) return <span {...place}>{token.text}</span>
  return (
    <span {...place} className={className(token.style)} style={inline(token.style)}>
      {token.text}
    </span>
  )
}

/** `text` stands at `start` of the source: copying maps what is selected back to it. */
type AnsiTextProps = { text: string; start?: number }

/** Text from a program, in its colours, with everything that could deceive made visible. */
export function AnsiText({ text, start = 0 }: AnsiTextProps) {
  if (!isSpecial(text)) {
    return (
      <span data-start={start} data-end={start + text.length}>
        {text}
      </span>
    )
  }
  return tokenize(text).map((token) => <TokenSpan key={token.start} token={token} start={start} />)
}
