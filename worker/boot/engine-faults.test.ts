import { expect, test } from 'vitest'
import { engineFaults, engineWarnings } from './engine-faults.ts'

function stats(argv: string[], version = '0.33.0') {
  return { system: { comfyui_version: version, forge_standin: false, argv: ['main.py', ...argv] }, devices: [] }
}

test.each([
  ['0.3.64', false],
  ['0.32.9', false],
  ['0.33.0', true],
  ['v0.40.1', true],
  ['1.0.0', true],
  ['unknown', false],
])('ComfyUI %s is new enough: %s (pitfall 27)', (version, fits) => {
  expect(engineFaults(stats([], version))).toHaveLength(fits ? 0 : 1)
})

test.each([
  [['--listen', '127.0.0.1', '--port', '8188'], 0],
  [['--listen=127.0.0.1,::1'], 0],
  [['--listen'], 1],
  [['--listen', '--cpu'], 1],
  [['--listen', '0.0.0.0'], 1],
  [['--listen', '127.0.0.1,0.0.0.0'], 1],
  [['--enable-cors-header', '*'], 1],
  [['--enable-manager'], 1],
])(
  'flags %j have %i faults: nobody else may reach the engine, and nothing installs code (pitfall 26)',
  (argv, count) => {
    expect(engineFaults(stats(argv))).toHaveLength(count)
  },
)

test('a missing --disable-metadata is a warning: outputs are encoded anew anyway', () => {
  expect(engineWarnings(stats([]))).toHaveLength(1)
  expect(engineWarnings(stats(['--disable-metadata']))).toEqual([])
})
