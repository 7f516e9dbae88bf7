import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const root = import.meta.dirname

export default defineConfig({
  root: 'client',
  plugins: [react(), tailwindcss()],
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2023', sourcemap: true },
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          root,
          environment: 'node',
          include: ['{server,shared,supabase,worker,workflows}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.db.test.ts'],
        },
      },
      {
        plugins: [react()],
        test: {
          name: 'client',
          root,
          environment: 'happy-dom',
          include: ['client/src/**/*.test.{ts,tsx}'],
        },
      },
      {
        test: {
          name: 'db',
          root,
          environment: 'node',
          include: ['{server,supabase,worker}/**/*.db.test.ts'],
          globalSetup: ['supabase/tests/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
