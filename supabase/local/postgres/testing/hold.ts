import { startPostgres } from '../start.ts'

// A process to be killed: starts Postgres in the folder given and says its pid and port.
const [dataDir = '', password = ''] = process.argv.slice(2)
const postgres = await startPostgres({ dataDir, port: 0, password, durable: false })
process.stdout.write(`${JSON.stringify({ pid: postgres.pid, port: postgres.port })}\n`)
setInterval(() => {}, 60_000)
