import { memo, useMemo } from 'react'
import { CaretText } from './CaretText.tsx'
import { type Chunk, chunksOf } from './chunks.ts'
import { SourceRegion } from './SourceRegion.tsx'
import css from './TextBlock.module.css'

const ROW = 20
/** Up to this many chunks are drawn at once; of more, only those near the view. */
const FEW = 2

type ChunkOfTextProps = { text: string; chunk: Chunk; lazy: boolean }

function ChunkOfText({ text, chunk, lazy }: ChunkOfTextProps) {
  const style = { containIntrinsicSize: `auto ${chunk.rows * ROW}px` }
  return (
    <span className={lazy ? css.lazy : css.chunk} style={lazy ? style : undefined}>
      {chunk.pieces.map(({ start, end }) => (
        <span key={start} className={css.piece}>
          <CaretText text={text.slice(start, end)} start={start} />
        </span>
      ))}
    </span>
  )
}

type TextBlockProps = { text: string; label: string }

/** A program's complete text in its own scrollable region; stays fast with 100,000 lines. */
export const TextBlock = memo(function TextBlock({ text, label }: TextBlockProps) {
  const chunks = useMemo(() => Array.from(chunksOf(text)), [text])
  return (
    <SourceRegion text={text} label={label} className={css.block}>
      {chunks.map((chunk) => (
        <ChunkOfText key={chunk.start} text={text} chunk={chunk} lazy={chunks.length > FEW} />
      ))}
    </SourceRegion>
  )
})
