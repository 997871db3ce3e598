/** Cuts a text of any length into parts that a browser can lay out one at a time. */

const LINES_PER_CHUNK = 1_000
const PIECE = 4_096
const PIECES_PER_CHUNK = 16
const COLUMNS_GUESS = 120

/** [start, end) of the source. */
type Piece = { start: number; end: number }

/** Pieces that are laid out together; `rows` guesses how tall they are before they are. */
export type Chunk = Piece & { pieces: Piece[]; rows: number }

function* longLine(start: number, end: number): Generator<Chunk> {
  const step = PIECE * PIECES_PER_CHUNK
  for (let at = start; at < end; at += step) {
    const stop = Math.min(at + step, end)
    const count = Math.ceil((stop - at) / PIECE)
    const pieces = Array.from({ length: count }, (_, index) => ({
      start: at + index * PIECE,
      end: Math.min(at + (index + 1) * PIECE, stop),
    }))
    yield { start: at, end: stop, pieces, rows: Math.ceil((stop - at) / COLUMNS_GUESS) }
  }
}

/**
 * Cut at line ends into chunks of 1,000 lines, and lines over 4 KB into pieces.
 *
 * The newline that ends a chunk is in none: a block ends there anyway.
 */
export function* chunksOf(text: string): Generator<Chunk> {
  let start = 0
  let rows = 0
  const until = (end: number): Chunk => ({ start, end, pieces: [{ start, end }], rows })
  for (let at = 0; at <= text.length; ) {
    const newline = text.indexOf('\n', at)
    const end = newline === -1 ? text.length : newline
    if (end - at > PIECE) {
      if (rows > 0) yield until(at - 1)
      yield* longLine(at, end)
      start = end + 1
      rows = 0
    } else {
      rows += 1
      if (rows === LINES_PER_CHUNK) {
        yield until(end)
        start = end + 1
        rows = 0
      }
    }
    if (newline === -1) break
    at = end + 1
  }
  if (rows > 0) yield until(text.length)
}
