import process from 'node:process'
import { command, connect } from './connect.ts'

/** `npm run operator -- <email>`: makes an existing account an operator. Its tokens say so from the next refresh. */
await command(async () => {
  const [email] = process.argv.slice(2)
  if (!email) throw new Error('usage: npm run operator -- <email>')
  const { supabase } = await connect()
  for (let page = 1; ; page += 1) {
    const { data, error } = await supabase.auth.admin.listUsers({ page, perPage: 200 })
    if (error) throw new Error(`Accounts could not be listed: ${error.message}`)
    const user = data.users.find((candidate) => candidate.email?.toLowerCase() === email.toLowerCase())
    if (user) {
      const updated = await supabase.auth.admin.updateUserById(user.id, {
        app_metadata: { ...user.app_metadata, role: 'operator' },
      })
      if (updated.error) throw new Error(`The account was not changed: ${updated.error.message}`)
      process.stdout.write(`${email} is an operator from its next token on.\n`)
      return
    }
    if (data.users.length < 200) throw new Error(`There is no account with the address ${email}. Sign up first.`)
  }
})
