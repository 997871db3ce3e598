import { useMemo } from 'react'
import { runTexts } from '~/texts/run.ts'
import { CaretText } from '~/ui/CaretText.tsx'
import { SourceRegion } from '~/ui/SourceRegion.tsx'
import { TextBlock } from '~/ui/TextBlock.tsx'
import { isFoldable, type Part, partsOf } from './frames.ts'
import css from './Traceback.module.css'

/** A longer error is shown as it is: nobody reads its frames one by one. */
const LONGEST = 256_000

/** The parts of an error that can be folded; null where there is nothing to fold. */
export function useFolds(text: string | undefined): Part[] | null {
  return useMemo(() => {
    if (text === undefined || text.length > LONGEST) return null
    const parts = partsOf(text)
    return isFoldable(parts) ? parts : null
  }, [text])
}

function PartOfIt({ text, part }: { text: string; part: Part }) {
  const { kind, start, end, frames, where } = part
  // The newline that ends a part is in none: a block ends there anyway.
  const stop = text[end - 1] === '\n' ? end - 1 : end
  const words = <CaretText text={text.slice(start, stop)} start={start} />
  if (kind !== 'library') return <div className={kind === 'own' ? css.own : css.text}>{words}</div>
  return (
    <details className={css.library}>
      <summary>{runTexts.folded(frames, where)}</summary>
      <div className={css.text}>{words}</div>
    </details>
  )
}

type TracebackProps = { text: string; label: string; folds: Part[] | null }

/** An error with the frames of libraries folded, or exactly as it was printed. */
export function Traceback({ text, label, folds }: TracebackProps) {
  if (!folds) return <TextBlock text={text} label={label} />
  return (
    <SourceRegion text={text} label={label} className={css.block}>
      {folds.map((part) => (
        <PartOfIt key={part.start} text={text} part={part} />
      ))}
    </SourceRegion>
  )
}
