import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const api = `http://127.0.0.1:${process.env.LASTWORDS_DEV_PORT ?? '8420'}`

export default defineConfig({
  root: here('./frontend'),
  plugins: [react()],
  resolve: { alias: { '~': here('./frontend') } },
  build: {
    outDir: here('./backend/lastwords/static'),
    emptyOutDir: true,
    // The page's Content-Security-Policy allows no data: URLs, so nothing may be inlined as one.
    assetsInlineLimit: 0,
    target: 'es2023',
  },
  server: {
    host: '127.0.0.1',
    // The server accepts requests of its own origin only; behind this proxy that is the proxy's target.
    proxy: { '/api': { target: api, changeOrigin: true, headers: { origin: api } } },
  },
  test: {
    setupFiles: [here('./frontend/test-setup.ts')],
    restoreMocks: true,
  },
})
