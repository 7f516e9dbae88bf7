// Preloaded into every part: when the supervisor is gone, however it died, the channel closes and the part stops too.
import { closeSync, openSync } from 'node:fs'
import os from 'node:os'
import process from 'node:process'

process.on('disconnect', () => {
  // Nobody reads the pipes any more, and the logger's last flush would write to a broken one for ever. The lowest free
  // number is the one just closed.
  for (const fd of [1, 2]) {
    closeSync(fd)
    openSync(os.devNull, 'w')
  }
  process.kill(process.pid, 'SIGTERM')
})
process.channel?.unref()
