import { expect, test } from 'vitest'
import { ProblemError, toProblem } from './client.ts'
import { readText } from './text.ts'

const answer = (body: BodyInit, status = 200) => new Response(body, { status })

test('text is exact: the byte order mark stays and bad UTF-8 is U+FFFD', async () => {
  const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x0d, 0x0a])
  expect(await readText(answer(bytes))).toEqual({ text: '\ufeffa\ufffd\r\n', whole: true })
})

function inParts(...parts: number[][]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(new Uint8Array(part))
      controller.close()
    },
  })
}

test('a character split between two parts of the answer is one character', async () => {
  const { text } = await readText(answer(inParts([0xf0, 0x9f], [0x98, 0x80])))
  expect(text).toBe('😀')
})

test('a text too large for a page says that it is not whole', async () => {
  const { text, whole } = await readText(answer('x'.repeat(5_000)), 1_000)
  expect(whole).toBe(false)
  expect('x'.repeat(5_000).startsWith(text)).toBe(true)
})

test('a refusal is thrown with what the server said', async () => {
  const problem = { type: '/problems/run-not-found', title: 'No run', status: 404, detail: 'run_1' }
  const refused = readText(answer(JSON.stringify(problem), 404))
  await expect(refused).rejects.toEqual(new ProblemError(problem))
})

test('a refusal in HTML, as proxies send it, is still a problem', async () => {
  await expect(readText(answer('<h1>Bad gateway</h1>', 502))).rejects.toThrow('Bad gateway')
  expect(toProblem(502, undefined).title).toBe('The server answered 502')
})
