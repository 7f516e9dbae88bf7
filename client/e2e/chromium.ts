import { existsSync } from 'node:fs'
import process from 'node:process'
import { chromium } from '@playwright/test'

const systemPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  String.raw`C:\Program Files\Google\Chrome\Application\chrome.exe`,
]

/** A Chromium offline and without the start-up look-ups that a closed network answers with errors. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export type Browser = { executablePath: string; args: string[]; env?: Record<string, string> }

/**
 * A Chromium to test with: `CHROMIUM_PATH`, else one of the system, else the one that comes through npm (Linux x64
 * only), else Playwright's own download. Rejects with a sentence when there is none.
 */
export async function findChromium(): Promise<Browser> {
  const named = process.env['CHROMIUM_PATH']
  if (named && named !== 'npm') return { executablePath: named, args: quiet }
  const system = named === 'npm' ? undefined : systemPaths.find((candidate) => existsSync(candidate))
  if (system) return { executablePath: system, args: quiet }
  if (process.platform === 'linux' && process.arch === 'x64') return await packagedChromium()
  const downloaded = chromium.executablePath()
  if (existsSync(downloaded)) return { executablePath: downloaded, args: quiet }
  throw new Error('No Chromium found. Install one and set CHROMIUM_PATH, or run: npx playwright install chromium')
}

const touched = ['AWS_LAMBDA_JS_RUNTIME', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH']

/**
 * The package unpacks the shared libraries it needs only where it believes it runs on Lambda, and then points the
 * whole process at them; here only the browser may see them. Its own flags are left out: they switch web security off.
 */
async function packagedChromium(): Promise<Browser> {
  const before = touched.map((name) => [name, process.env[name]] as const)
  process.env['AWS_LAMBDA_JS_RUNTIME'] = 'nodejs22.x'
  const { default: packaged } = await import('@sparticuz/chromium')
  const executablePath = await packaged.executablePath()
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  return { executablePath, args: [...quiet, '--no-zygote'], env }
}
