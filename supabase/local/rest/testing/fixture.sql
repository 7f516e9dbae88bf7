-- What the REST tests call and read. Run as postgres in a cloned database.
-- Functions of this project are closed by default; these are opened one by one.
create table public.probes (
  id uuid primary key default gen_random_uuid(),
  owner uuid,
  n integer,
  label text,
  big bigint,
  tags text[] not null default '{}',
  meta jsonb not null default '{}',
  "odd name" text,
  made_at timestamptz not null default '2026-01-02 03:04:05.678901+00'
);
alter table public.probes enable row level security;
create policy own on public.probes to authenticated using (owner = auth.uid());
grant select on public.probes to anon, authenticated, service_role;
insert into public.probes (id, n, label, big, tags, meta)
  select ('00000000-0000-0000-0000-00000000000' || n)::uuid, n, 'label ' || n, 9007199254740993, array['a', 'b' || n],
    jsonb_build_object('n', n)
  from generate_series(1, 5) as n;

create table public.closed (id integer);
revoke all on public.closed from anon, authenticated, service_role;

create function public.whoami() returns jsonb language sql stable as $$
  select jsonb_build_object('role', current_user, 'uid', auth.uid(), 'claims', auth.jwt())
$$;
create function public.add(p_a integer, p_b integer default 10) returns integer language sql immutable as $$
  select p_a + p_b
$$;
create function public.echo(p_value jsonb) returns jsonb language sql as $$ select p_value $$;
create function public.echo_types(p_uuid uuid, p_texts text[], p_number numeric, p_when timestamptz, p_json jsonb)
  returns table (u uuid, t text[], n numeric, w timestamptz, j jsonb) language sql as $$
  select p_uuid, p_texts, p_number, p_when, p_json
$$;
create function public.list_probes(p_from integer) returns setof public.probes language sql stable as $$
  select * from public.probes where n >= p_from
$$;
create function public.list_numbers(p_to integer) returns setof bigint language sql as $$
  select generate_series(1, p_to)::bigint
$$;
create function public.one_column() returns table (x integer) language sql as $$ values (1), (2) $$;
create function public.nothing() returns void language sql as $$ select $$;
create function public.null_value() returns text language sql as $$ select null::text $$;
create function public.one_probe() returns public.probes language sql stable as $$
  select * from public.probes order by n limit 1
$$;
create function public.refuse(p_code text) returns void language plpgsql as $$
begin
  raise exception 'PURSE_EMPTY' using errcode = p_code, detail = '{"price":4}', hint = 'buy more';
end $$;
create function public.refuse_fully() returns void language plpgsql as $$
begin
  raise sqlstate 'PGRST' using message = '{"code":"teapot","message":"short and stout","details":"d"}',
    detail = '{"status":418,"headers":{}}';
end $$;
create function public.write_then_fail() returns void language plpgsql security definer set search_path = '' as $$
begin
  insert into public.probes (n) values (99);
  raise exception 'no';
end $$;
create function public.sleepy() returns void language sql as $$ select pg_sleep(20) $$;
create function public.secret_only() returns integer language sql as $$ select 1 $$;
create function public.overloaded(p_a integer) returns text language sql as $$ select 'int' $$;
create function public.overloaded(p_a text) returns text language sql as $$ select 'text' $$;
create function public.takes_json(jsonb) returns jsonb language sql as $$ select $1 $$;
create function public.takes_number(integer) returns integer language sql as $$ select $1 $$;
create function public.half_named(boolean default true) returns integer language sql as $$ select 1 $$;
create function public.half_named(p_a integer) returns integer language sql as $$ select p_a $$;

grant execute on function public.takes_json, public.takes_number, public.half_named(boolean),
  public.half_named(integer) to anon;
grant execute on function public.whoami, public.add, public.echo, public.echo_types, public.list_probes,
  public.list_numbers, public.one_column, public.nothing, public.null_value, public.one_probe, public.refuse,
  public.refuse_fully, public.write_then_fail, public.sleepy, public.overloaded(integer), public.overloaded(text)
  to anon, authenticated, service_role;
revoke execute on function public.secret_only from public, anon, authenticated;
grant execute on function public.secret_only to service_role;
