import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { studioFonts } from './client/build/fonts.ts'
import { runtimeConfig } from './client/build/runtime-config.ts'

const root = import.meta.dirname
const server = process.env['FORGE_SERVER_URL'] ?? 'http://127.0.0.1:4100'

export default defineConfig(({ mode }) => ({
  root: 'client',
  // Tests load no stylesheet, so they need neither fonts nor Tailwind.
  plugins: mode === 'test' ? [react()] : [react(), tailwindcss(), studioFonts(root), runtimeConfig(root)],
  server: {
    // shared/ lies beside client/, outside Vite's root.
    fs: { allow: [root] },
    proxy: { '/trpc': server, '/health': server },
  },
  worker: { format: 'es' as const },
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2023', sourcemap: true },
  test: {
    projects: [
      {
        extends: false as const,
        test: {
          name: 'unit',
          root,
          environment: 'node',
          include: ['{server,shared,supabase,worker,workflows}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.db.test.ts'],
        },
      },
      {
        extends: false as const,
        plugins: [react()],
        test: {
          name: 'client',
          root,
          // The cores need no page; a test that does says so in its first line.
          environment: 'node',
          include: ['client/src/**/*.test.{ts,tsx}'],
        },
      },
      {
        extends: false as const,
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
}))
