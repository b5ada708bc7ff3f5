import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// Relative addresses: the core rewrites those of the page, the chunks find each other by themselves.
export default defineConfig({
  base: './',
  plugins: [react()],
  // `npm run dev` beside a running core: changes show without a build.
  server: { proxy: { '/__motia': 'http://localhost:3000' } },
  test: { include: ['src/**/*.test.ts'] },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
})
