import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// Relative addresses: the core rewrites those of the page, the chunks find each other by themselves.
export default defineConfig({
  base: './',
  plugins: [react()],
  test: { include: ['src/**/*.test.ts'] },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
})
