import { z } from 'zod'

/** What `npm run controls` takes about boxes that share a key, and the columns behind it. */
export const boxUsage =
  '[key-boxes=<at once>] [key-boxes-hour=<new ones an hour>] [key-quarantines=<boxes within an hour>]'

const count = z.string().regex(/^[1-9]\d{0,5}$/)

export const boxWords = {
  'key-boxes': count.transform((value) => ({ box_live: Number(value) })),
  'key-boxes-hour': count.transform((value) => ({ box_instances: Number(value) })),
  'key-quarantines': count.transform((value) => ({ box_quarantines: Number(value) })),
}
