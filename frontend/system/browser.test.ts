import { expect, test } from 'vitest'
import { inWords } from './browser.ts'

const MOZILLA = 'User-Agent: Mozilla/5.0'

test.each([
  [
    `${MOZILLA} (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36`,
    'Chrome on Linux',
  ],
  [
    `${MOZILLA} (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0`,
    'Edge on Windows',
  ],
  [
    `${MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/18 Safari/605.1`,
    'Safari on macOS',
  ],
  [`${MOZILLA} (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0`, 'Firefox on Android'],
  ['User-Agent: curl/8.5.0', 'curl/8.5.0'],
  ['User-Agent: ', ''],
  ['adapter_model.safetensors', 'adapter_model.safetensors'],
])('%s is told as %s', (detail, words) => {
  expect(inWords(detail)).toBe(words)
})
