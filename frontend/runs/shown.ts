/** What of a run's files can be shown in place: short texts, and pictures that every browser draws. */

const TEXTS = /\.(json|jsonl|md|txt|log|csv|tsv|ya?ml|toml|ini|cfg|py|sh)$/i
const PICTURES = /\.(png|jpe?g|gif|webp)$/i
const LARGEST_TEXT = 256 * 1024
const LARGEST_PICTURE = 8 * 1024 * 1024

export const isPicture = (path: string): boolean => PICTURES.test(path)

export const isShown = (path: string, bytes: number): boolean =>
  bytes > 0 &&
  ((TEXTS.test(path) && bytes <= LARGEST_TEXT) || (isPicture(path) && bytes <= LARGEST_PICTURE))
