-- The Postgres role of a rented box: it may report progress, listen to `workers` and send frames; nothing else.
-- Roles belong to the cluster, not to the database: a second database of one cluster finds it already there.
do $$
begin
  create role forge_worker nologin noinherit;
exception
  when duplicate_object or unique_violation then null;
end
$$;

grant forge_worker to authenticator;
grant usage on schema public to forge_worker;
grant usage on schema realtime, private to forge_worker;
grant select, insert on realtime.messages to forge_worker;
grant usage on schema private to authenticated;

-- A host may keep the grant option on realtime.messages to itself; then the grants of anon are inherited instead.
do $$
begin
  if not has_table_privilege('forge_worker', 'realtime.messages', 'insert')
    or not has_schema_privilege('forge_worker', 'realtime', 'usage')
  then
    grant anon to forge_worker with inherit true;
  end if;
end
$$;
