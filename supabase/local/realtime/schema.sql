-- Realtime's side of the database, for the local stack only (hosted projects have their own, with the same names).
-- Run as the superuser supabase_admin after roles.sql. Written from the observable contract of supabase/realtime:
-- the columns, owners, grants and functions that an application can touch; nothing for postgres_changes.
-- Runs again whenever this file changes, so every statement repeats.
create schema if not exists realtime;

grant usage on schema realtime to supabase_realtime_admin, anon, authenticated, service_role;
-- With the grant option, so that a migration can let another role in.
grant usage on schema realtime to postgres with grant option;

-- Policies on a table can be made only by (a member of) its owner, and our migrations run as postgres.
grant supabase_realtime_admin to postgres with inherit true;

create table if not exists realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(),
  id uuid not null default gen_random_uuid(),
  binary_payload bytea,
  constraint messages_payload_exclusive check (payload is null or binary_payload is null),
  primary key (id, inserted_at)
) partition by range (inserted_at);

-- Hosted makes a partition a day and drops it after three; here one default partition is pruned by the server.
create table if not exists realtime.messages_default partition of realtime.messages default;

create index if not exists messages_inserted_at_topic_index on realtime.messages (inserted_at desc, topic)
  where extension = 'broadcast' and private is true;

-- No policy: nobody joins a private channel until a migration says who may.
alter table realtime.messages enable row level security;
alter table realtime.messages_default enable row level security;

alter table realtime.messages owner to supabase_realtime_admin;
alter table realtime.messages_default owner to supabase_realtime_admin;

grant select, insert, update on realtime.messages to postgres, anon, authenticated, service_role;

comment on table realtime.messages is
  'One row per broadcast sent from the database; also what the policies for private channels are checked against.';
comment on column realtime.messages.extension is 'broadcast or presence: what a policy grants is decided per extension.';

-- The channel that is being joined or sent to, for policies.
create or replace function realtime.topic() returns text
  language sql stable
  as $$ select nullif(current_setting('realtime.topic', true), '') $$;

-- Sends a broadcast when the transaction commits. Security invoker: the caller needs INSERT and a policy, or to be
-- exempt from RLS. Never aborts the caller's transaction; what went wrong becomes a warning.
create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
  language plpgsql
  as $$
declare
  message_id constant uuid := gen_random_uuid();
begin
  perform set_config('realtime.topic', topic, true);
  insert into realtime.messages (id, payload, event, topic, private, extension)
  values (
    message_id,
    case when payload ? 'id' then payload else jsonb_set(payload, '{id}', to_jsonb(message_id)) end,
    event, topic, private, 'broadcast'
  );
exception when others then
  raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;

-- The same for bytes.
create or replace function realtime.send_binary(payload bytea, event text, topic text, private boolean default true) returns void
  language plpgsql
  as $$
begin
  perform set_config('realtime.topic', topic, true);
  insert into realtime.messages (binary_payload, event, topic, private, extension)
  values (payload, event, topic, private, 'broadcast');
exception when others then
  raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;

-- For row triggers: sends {old_record, record, operation, table, schema} on a private channel. Misuse (a statement
-- trigger, an unknown operation) is raised as on hosted projects: it is a mistake in a migration, not in the data.
create or replace function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text,
  new record, old record, level text default 'ROW'
) returns void
  language plpgsql
  as $$
begin
  if level = 'STATEMENT' then
    raise exception 'Failed to process the row: function can only be triggered for each row, not for each statement';
  end if;
  if operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'Failed to process the row: Unexpected operation type: %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object(
      'old_record', old, 'record', new, 'operation', operation, 'table', table_name, 'schema', table_schema
    ),
    event_name, topic_name
  );
end
$$;

alter function realtime.topic() owner to supabase_realtime_admin;
alter function realtime.send(jsonb, text, text, boolean) owner to supabase_realtime_admin;
alter function realtime.send_binary(bytea, text, text, boolean) owner to supabase_realtime_admin;
alter function realtime.broadcast_changes(text, text, text, text, text, record, record, text)
  owner to supabase_realtime_admin;

-- What the server reads from the WAL. Inserts only: pruning must not cross the wire.
do $$ begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime_messages_publication') then
    create publication supabase_realtime_messages_publication for table realtime.messages with (publish = 'insert');
  end if;
end $$;
