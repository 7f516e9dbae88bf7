// Preloaded into every part: when the supervisor is gone, however it died, the channel closes and the part stops too.
import process from 'node:process'

process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM')
})
process.channel?.unref()
