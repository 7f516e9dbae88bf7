import { z } from 'zod'

/** A UUID in any case, read as Postgres writes it: in upper case it names the same row. */
export const uuid = z.uuid().toLowerCase()
