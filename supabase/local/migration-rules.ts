const managed = '(?:auth|storage|realtime)'

/** What a hosted project lets the role `postgres` do to the schemas that Supabase manages. */
const allowed: readonly RegExp[] = [
  /^create policy .* on (?:realtime\.messages|storage\.objects)\b/,
  /^drop policy (?:if exists )?.* on (?:realtime\.messages|storage\.objects)\b/,
  /^grant usage on schema realtime(?:, \w+)* to forge_worker$/,
  /^grant select, insert on realtime\.messages to forge_worker$/,
  /^insert into storage\.buckets\b/,
]

/** The object a statement creates, changes or drops (not those it merely reads or references). */
const targets = new RegExp(
  [
    `^(?:create(?: or replace)?|alter|drop) (?:unique )?(?:table|view|function|procedure|type|index|sequence)(?: concurrently)?(?: if (?:not )?exists)? ${managed}\\.`,
    `^(?:create|alter|drop) (?:trigger|index|policy)\\b.* on ${managed}\\.`,
    `^(?:create|alter|drop) schema(?: if (?:not )?exists)? ${managed}\\b`,
    `^(?:grant|revoke) .* on (?:.* )?(?:schema )?${managed}\\b`,
    `^(?:insert into|update|delete from|truncate(?: table)?) ${managed}\\.`,
    `^(?:comment on|alter default privileges) .*${managed}\\b`,
  ].join('|'),
)

/**
 * The statements of a migration that a hosted project would refuse, folded to one line each. Function bodies are not
 * read: they run with their own rights.
 */
export function forbiddenStatements(sql: string): string[] {
  return splitStatements(sql).filter(
    (statement) => targets.test(statement) && !allowed.some((rule) => rule.test(statement)),
  )
}

/** Statements in lower case with comments, quoted bodies and repeated blanks removed. */
function splitStatements(sql: string): string[] {
  return sql
    .replaceAll(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''")
    .replaceAll(/--.*$/gm, '')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .split(';')
    .map((statement) => statement.replaceAll(/\s+/g, ' ').trim().toLowerCase())
    .filter((statement) => statement !== '')
}
