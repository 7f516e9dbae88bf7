/** Server settings; everything else is the default. */
export function serverSettings(port: number, durable: boolean): Readonly<Record<string, string>> {
  return {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    wal_level: 'logical',
    max_wal_senders: '20',
    max_replication_slots: '20',
    // A slot that nobody reads must not fill the disk.
    max_slot_wal_keep_size: '1GB',
    max_connections: '200',
    password_encryption: 'scram-sha-256',
    // Queries here are short: compiling them costs more than running them.
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    // Refusals are raised as errors by the thousand, and statements hold user text.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    // Waiting for the flush is also what makes replication, and so Realtime, fast: never switch it off.
    synchronous_commit: 'on',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  }
}
