-- Roles, schemas and default privileges that a hosted Supabase project starts with. Local only: never pushed.
-- Runs as supabase_admin in every new database and again whenever this file changes, so every statement repeats.
-- Passwords of login roles are set by the runner.

do $$
declare
  wanted constant jsonb := '{
    "anon": "nologin noinherit",
    "authenticated": "nologin noinherit",
    "service_role": "nologin noinherit bypassrls",
    "authenticator": "login noinherit",
    "postgres": "login inherit createdb createrole bypassrls nosuperuser",
    "supabase_auth_admin": "login noinherit createrole",
    "supabase_storage_admin": "login noinherit createrole",
    "supabase_realtime_admin": "nologin noinherit"
  }';
  wanted_name text;
  wanted_options text;
begin
  -- Roles belong to the whole server: databases prepared side by side must not race here.
  perform pg_advisory_xact_lock(hashtext('forge roles'));
  for wanted_name, wanted_options in select key, value from jsonb_each_text(wanted) loop
    if not exists (select from pg_roles where rolname = wanted_name) then
      execute format('create role %I', wanted_name);
      execute format('alter role %I with %s', wanted_name, wanted_options);
    end if;
  end loop;

  if not pg_has_role('authenticator', 'service_role', 'set') then
    grant anon, authenticated, service_role to authenticator;
    grant anon, authenticated, service_role, supabase_realtime_admin to postgres with admin option;
    grant authenticator, pg_monitor, pg_read_all_data, pg_signal_backend to postgres;
    grant anon, authenticated, service_role to supabase_storage_admin;

    -- What PostgREST on a hosted project runs under.
    alter role anon set statement_timeout = '3s';
    alter role authenticated set statement_timeout = '8s';
    alter role authenticator set statement_timeout = '8s';
    alter role authenticator set lock_timeout = '8s';
    alter role postgres set search_path = "$user", public, extensions;
  end if;
end $$;

-- As owner of the database postgres is the owner of schema public, through pg_database_owner.
do $$ begin
  execute format('alter database %I owner to postgres', current_database());
end $$;

create schema if not exists extensions authorization postgres;
create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;
grant usage on schema extensions to anon, authenticated, service_role;

grant usage on schema public to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on sequences to anon, authenticated, service_role;
