/** Colours of curves: of the page, and enough of them to tell eight runs apart in light and dark. */
const COLOURS = [
  'var(--accent)',
  'light-dark(#b45309, #f0a04b)',
  'light-dark(#1a7f4b, #5fd39a)',
  'light-dark(#a21caf, #e879f9)',
  'light-dark(#0e7490, #4dd0e1)',
  'light-dark(#7c4a1e, #d6a77a)',
  'light-dark(#6d28d9, #b79cff)',
  'var(--ink-3)',
]

export const colourOf = (place: number): string =>
  COLOURS[place % COLOURS.length] ?? 'var(--accent)'
