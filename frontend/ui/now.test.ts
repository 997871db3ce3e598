// @vitest-environment jsdom
import { renderHook } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { answeredAt } from '~/api/client.ts'
import { useKnownNow, useNow } from './now.ts'

test('the time that something is known to go on stands while the server is silent', () => {
  const last = answeredAt()
  vi.useFakeTimers({ now: last + 60_000 })
  const { result } = renderHook(() => ({ now: useNow(), known: useKnownNow() }))
  expect(result.current).toEqual({ now: last + 60_000, known: last + 10_000 })
  vi.useRealTimers()
})
