import { availableParallelism } from 'node:os'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { preloadStart, startChunks, startOf } from './client/build/chunks.ts'
import { firstFrames } from './client/build/first-frame.ts'
import { studioFonts } from './client/build/fonts.ts'
import { runtimeConfig } from './client/build/runtime-config.ts'

const root = import.meta.dirname
const server = process.env['FORGE_SERVER_URL'] ?? 'http://127.0.0.1:4100'

/**
 * What every test project shares. Where it says `isolate: false` the files of a project share its processes: a process
 * and every import for each file anew was a third of the time. The loaders that sharp is denied are denied to a whole
 * process, by server and worker each in their own way, so the two share none.
 */
const project = {
  root,
  // The cores need no page; a test that does says so in its first line.
  environment: 'node',
  // Tests wait more than they compute, so two cores carry three files at once.
  maxWorkers: Math.max(3, availableParallelism()),
  // Far above what any test needs alone: a machine busy with other work must not fail one.
  testTimeout: 30_000,
  hookTimeout: 60_000,
  restoreMocks: true,
  unstubEnvs: true,
  unstubGlobals: true,
}
/** What needs a Postgres, a ComfyUI or more time than there is has a project of its own. */
const notAlone = ['**/node_modules/**', '**/*.db.test.ts', '**/*.long.test.ts', '**/*.comfy.test.ts']
const database = { globalSetup: ['supabase/tests/global-setup.ts'] }

/** Against the ComfyUI at COMFY_URL: `npm run test:comfy`. It runs one prompt at a time, so two files would disturb each other. */
const comfyProject = {
  extends: false as const,
  test: {
    ...project,
    name: 'comfy',
    maxWorkers: 1,
    sequence: { groupOrder: 1 },
    include: ['worker/**/*.comfy.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
}

export default defineConfig(({ mode }) => ({
  root: 'client',
  // Tests load no stylesheet, so they need neither fonts nor Tailwind.
  plugins:
    mode === 'test'
      ? [react()]
      : [
          react(),
          tailwindcss(),
          studioFonts(root),
          runtimeConfig(root),
          preloadStart(startOf(root)),
          firstFrames(root),
        ],
  server: {
    // shared/ lies beside client/, outside Vite's root.
    fs: { allow: [root] },
    proxy: { '/trpc': server, '/health': server, '^/s/[^/]+/(image|full)$': server },
  },
  worker: { format: 'es' as const },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: true,
    rolldownOptions: { output: { codeSplitting: { groups: startChunks(startOf(root)) } } },
  },
  test: {
    projects: [
      {
        extends: false as const,
        test: {
          ...project,
          name: 'unit',
          isolate: false,
          include: ['{server,shared,supabase,workflows}/**/*.test.ts'],
          exclude: notAlone,
        },
      },
      {
        extends: false as const,
        test: { ...project, name: 'worker', isolate: false, include: ['worker/**/*.test.ts'], exclude: notAlone },
      },
      {
        extends: false as const,
        plugins: [react()],
        test: { ...project, name: 'client', isolate: false, include: ['client/src/**/*.test.{ts,tsx}'] },
      },
      {
        extends: false as const,
        test: {
          ...project,
          ...database,
          name: 'db',
          isolate: false,
          include: ['{server,supabase,worker}/**/*.db.test.ts'],
          exclude: ['**/node_modules/**', '**/*.long.db.test.ts'],
        },
      },
      {
        // Of second rank and slow: `npm run test:long`.
        extends: false as const,
        test: {
          ...project,
          ...database,
          name: 'long',
          testTimeout: 180_000,
          include: ['{server,shared,supabase,worker,workflows}/**/*.long{,.db}.test.ts'],
        },
      },
      // Needs a running ComfyUI; without one there is nothing to run and nothing to skip.
      ...(process.env['COMFY_URL'] ? [comfyProject] : []),
    ],
  },
}))
