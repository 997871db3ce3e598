import { anchorOf, type Geometry, linesAround, type Position, visibleLines } from './geometry.ts'
import type { Rows } from './rows.ts'

/** The lines to draw: in rows of one height, or wrapped and as high as they are. */
export function visibleRows(geometry: Geometry, position: Position, wrap: boolean): Rows {
  if (!wrap) return visibleLines(geometry, position)
  return linesAround(geometry, anchorOf(geometry, position))
}
