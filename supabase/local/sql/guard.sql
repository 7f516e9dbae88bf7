-- On hosted projects the schemas of the platform belong to it: postgres may add policies to some tables and use what
-- it was granted, nothing else. Locally postgres is a member of the roles that own those tables, since Postgres has
-- no smaller way to let it make policies; these two event triggers take the rest back.
create or replace function supabase_local.is_platform(schema_name text) returns boolean
language sql immutable as $$ select schema_name in ('auth', 'storage', 'realtime') $$;

create or replace function supabase_local.guard_platform() returns event_trigger
language plpgsql set search_path = pg_catalog as $$
declare
  command record;
begin
  if (select rolsuper from pg_roles where rolname = session_user) or session_user like 'supabase\_%' then
    return;
  end if;
  if tg_event = 'sql_drop' then
    for command in select * from pg_event_trigger_dropped_objects() where original loop
      if supabase_local.is_platform(command.schema_name) and command.object_type not in ('policy', 'trigger') then
        raise exception 'must be owner of %', command.object_identity using errcode = '42501';
      end if;
    end loop;
    return;
  end if;
  for command in select * from pg_event_trigger_ddl_commands() loop
    if supabase_local.is_platform(command.schema_name)
      and command.command_tag not in ('CREATE POLICY', 'ALTER POLICY', 'CREATE TRIGGER', 'GRANT', 'REVOKE') then
      raise exception 'must be owner of %', command.object_identity using errcode = '42501';
    end if;
  end loop;
end $$;

grant usage on schema supabase_local to public;
drop event trigger if exists guard_platform_change;
create event trigger guard_platform_change on ddl_command_end execute function supabase_local.guard_platform();
drop event trigger if exists guard_platform_drop;
create event trigger guard_platform_drop on sql_drop execute function supabase_local.guard_platform();
