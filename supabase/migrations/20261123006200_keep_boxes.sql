-- Rented boxes: what was asked for, what is there, what it cost. The intent is a row before any provider is called, so
-- that a crash in between leaves something to look for. And the steps in which a day's money is stretched.
create type public.box_state as enum ('asked', 'starting', 'up', 'draining', 'gone');

-- Where boxes may be had, as the servers last said; their environment is what counts.
create table public.capacity_pools (
  name text primary key check (char_length(name) between 1 and 40),
  provider text not null,
  templates text[] not null,
  trust public.worker_trust not null,
  usd_per_hour numeric(8, 4) not null check (usd_per_hour >= 0),
  cool_until timestamptz not null default '-infinity',
  problem text,
  seen_at timestamptz not null default now()
);
comment on column public.capacity_pools.cool_until is 'Nothing is asked of this pool before: it had no room, or refused.';

create table public.boxes (
  id uuid primary key,
  pool text not null,
  provider text not null,
  name text not null unique,
  key_id uuid not null unique references public.worker_keys (id),
  templates text[] not null,
  trust public.worker_trust not null,
  remote_id text,
  state public.box_state not null default 'asked',
  usd_per_hour numeric(8, 4) not null check (usd_per_hour >= 0),
  asked_at timestamptz not null default clock_timestamp(),
  up_at timestamptz,
  draining_at timestamptz,
  gone_at timestamptz,
  reason text,
  booked_until timestamptz,
  usd_micros bigint not null default 0 check (usd_micros >= 0),
  unique (provider, remote_id),
  check ((state = 'gone') = (gone_at is not null))
);
comment on table public.boxes is 'One row a box that was ever asked for. Its key is its own, and is revoked with it.';
comment on column public.boxes.name is 'What the provider lists it by: a lost answer is found again by it.';
comment on column public.boxes.up_at is 'First session of its worker, which comes after its self-test and just before its first claim.';
comment on column public.boxes.booked_until is 'Rent up to here is in spend_days; null while the provider charges nothing yet.';
create index boxes_open on public.boxes (asked_at) where state <> 'gone';
create index boxes_cold on public.boxes (pool, up_at) where up_at is not null;

grant select on public.boxes, public.capacity_pools to service_role;
alter table public.boxes enable row level security;
alter table public.capacity_pools enable row level security;

alter table public.workers add column box_id uuid references public.boxes (id);
comment on column public.workers.box_id is 'The rented box it runs on. Its rent is booked with the box, not by its calls.';
create index workers_box on public.workers (box_id) where box_id is not null;

alter table public.settings
  add column capacity_min int not null default 0 check (capacity_min >= 0),
  add column capacity_max int not null default 2 check (capacity_max between 0 and 100),
  add column capacity_hourly_usd numeric(8, 2) check (capacity_hourly_usd >= 0) default 3,
  add column capacity_target_wait_s int not null default 60 check (capacity_target_wait_s > 0),
  add column capacity_idle_s int not null default 240 check (capacity_idle_s >= 0),
  add column capacity_cool_s int not null default 60 check (capacity_cool_s >= 0),
  add column capacity_max_age_s int not null default 86400 check (capacity_max_age_s > 0),
  add column capacity_cold_ms int not null default 90000 check (capacity_cold_ms > 0),
  add column capacity_prewarm jsonb not null default '[]' check (jsonb_typeof(capacity_prewarm) = 'array'),
  add column saving_auto boolean not null default true,
  add column saving_hold text
    check (saving_hold in ('none', 'frames', 'free_size', 'free_paused', 'fallback_off', 'boxes_drained')),
  add column saving_projected numeric(4, 2) not null default 1.0 check (saving_projected > 0),
  add column saving_slack numeric(4, 2) not null default 0.15 check (saving_slack >= 0),
  add column saving_shares jsonb not null default
    '{"frames": 0.5, "free_size": 0.6, "free_paused": 0.75, "fallback_off": 0.85, "boxes_drained": 0.97}',
  add column saving_ease_s int not null default 600 check (saving_ease_s >= 0),
  add column saving_free_pixels int not null default 589824 check (saving_free_pixels >= 65536),
  add column saving_step text not null default 'none'
    check (saving_step in ('none', 'frames', 'free_size', 'free_paused', 'fallback_off', 'boxes_drained')),
  add column saving_day date,
  add column saving_since timestamptz not null default '-infinity';
comment on column public.settings.capacity_max is 'Rented boxes at one time; 0 = none is ever asked for.';
comment on column public.settings.capacity_hourly_usd is 'Rent of all boxes together, an hour; null = no budget but the cap of the day.';
comment on column public.settings.capacity_target_wait_s is 'Work queued beyond this many seconds a box asks for one more.';
comment on column public.settings.capacity_idle_s is 'A box that did nothing this long is given back.';
comment on column public.settings.capacity_cool_s is 'Time between two changes of mind: after one box more, and before one less.';
comment on column public.settings.capacity_cold_ms is 'Expected time from asking to the first claim while none was measured.';
comment on column public.settings.capacity_prewarm is 'UTC: [{"days": [1..7, Monday first], "from": "08:00", "to": "18:00", "min": 1}].';
comment on column public.settings.saving_hold is 'A step that the operator holds, whatever is projected; null = the autopilot decides.';
comment on column public.settings.saving_projected is 'Spend projected to midnight UTC over the cap from which steps are taken.';
comment on column public.settings.saving_slack is 'A step is undone once the projection is this much below saving_projected.';
comment on column public.settings.saving_shares is 'Share of the cap already spent from which each step may be taken.';
comment on column public.settings.saving_ease_s is 'At most one step is undone in this time.';
comment on column public.settings.saving_free_pixels is 'Pixels of a free image from the step free_size on.';
comment on column public.settings.saving_step is 'Written by the tick only, true for saving_day; read it through private.saving_step().';

-- Each step includes those before it.
create function private.saving_steps() returns text[]
language sql immutable set search_path = '' as $$
  select '{none,frames,free_size,free_paused,fallback_off,boxes_drained}'::text[]
$$;

create function private.saving_of(p_settings public.settings) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case
    when p_settings.saving_hold is not null then p_settings.saving_hold
    when p_settings.saving_auto and p_settings.daily_cap_usd is not null and p_settings.saving_day = private.utc_day()
      then p_settings.saving_step
    else 'none' end;
end
$$;

create function private.saving_step() returns text
language plpgsql stable set search_path = '' as $$
begin
  return (select private.saving_of(s) from public.settings s);
end
$$;

create function private.saves(p_settings public.settings, p_step text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return array_position(private.saving_steps(), private.saving_of(p_settings))
    >= array_position(private.saving_steps(), p_step);
end
$$;

-- From asking to the first claim, milliseconds: a quantile of the last 20 of this pool.
create function private.cold_start_ms(p_pool text, p_share double precision) returns int
language plpgsql stable set search_path = '' as $$
begin
  return coalesce((
    select percentile_cont(p_share) within group (order by b.ms)
    from (
      select extract(epoch from x.up_at - x.asked_at) * 1000 as ms from public.boxes x
      where x.pool = p_pool and x.up_at is not null order by x.up_at desc limit 20) b
  ), (select s.capacity_cold_ms from public.settings s));
end
$$;

-- Until a box that was asked for and can run `p_template` is expected; 0 when it is late; null when none is coming.
create function private.starting_ms(p_template text, p_min_trust public.worker_trust) returns int
language plpgsql stable set search_path = '' as $$
begin
  return (
    select min(greatest(0, private.cold_start_ms(b.pool, 0.5)
      - extract(epoch from clock_timestamp() - b.asked_at) * 1000))::int
    from public.boxes b, public.settings s
    where b.state in ('asked', 'starting') and p_template = any (b.templates)
      and b.trust >= p_min_trust and b.trust >= s.min_trust);
end
$$;

-- Whether a box for this can be asked for at all: some server said so within a week, and the operator allows boxes.
create function private.may_start(p_template text, p_min_trust public.worker_trust) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select from public.capacity_pools p, public.settings s
    where p_template = any (p.templates) and p.trust >= p_min_trust and p.trust >= s.min_trust
      and p.seen_at > now() - interval '7 days' and s.capacity_max > 0);
end
$$;

-- A worker on a rented box is known by the key, which only that box was given.
create function private.bind_box() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.box_id := (select b.id from public.boxes b where b.key_id = new.key_id);
  return new;
end
$$;
create trigger bind_box before insert on public.workers for each row execute function private.bind_box();

create function private.note_box_up() returns trigger
language plpgsql set search_path = '' as $$
begin
  update public.boxes b
  set state = 'up', up_at = clock_timestamp(), booked_until = coalesce(b.booked_until, b.asked_at)
  where b.id = new.box_id and b.state in ('asked', 'starting');
  -- It is running, so whoever wanted it gone meanwhile sees that nothing is dispatched to it.
  update public.workers w set draining = true
  where w.id = new.id and exists (select from public.boxes b where b.id = new.box_id and b.state = 'draining');
  return null;
end
$$;
create trigger note_box_up after insert on public.workers
  for each row when (new.box_id is not null) execute function private.note_box_up();

-- As before, and a box's rent is not booked twice: it is paid from the moment it was asked for until it is gone.
create or replace function private.touch_worker(p_worker uuid) returns void
language plpgsql set search_path = '' as $$
declare
  v_worker public.workers;
  v_now timestamptz := clock_timestamp();
begin
  select * into v_worker from public.workers w
  where w.id = p_worker and w.last_seen < v_now - interval '5 s' for update skip locked;
  if not found then
    return;
  end if;
  update public.workers set last_seen = v_now where id = p_worker;
  if v_worker.box_id is null then
    perform private.book_rent(v_worker.usd_per_hour, greatest(v_worker.last_seen, v_now - interval '2 min'), v_now);
  end if;
end
$$;

-- Rent between two moments, each part booked to its own UTC day. Answers what was booked, millionths of a dollar.
create function private.book_rent(p_usd_per_hour numeric, p_from timestamptz, p_to timestamptz) returns bigint
language plpgsql set search_path = '' as $$
declare
  v_part record;
  v_sum bigint := 0;
begin
  if coalesce(p_usd_per_hour, 0) = 0 or p_from >= p_to then
    return 0;
  end if;
  for v_part in
    select (d at time zone 'utc')::date as day,
      (extract(epoch from least(p_to, d + interval '1 day') - greatest(p_from, d)) * p_usd_per_hour / 3600
        * 1000000)::bigint as micros
    from generate_series(date_trunc('day', p_from, 'UTC'), p_to, interval '1 day') d
    where d < p_to order by d
  loop
    perform private.book_spend(v_part.day, v_part.micros);
    v_sum := v_sum + v_part.micros;
  end loop;
  return v_sum;
end
$$;

create or replace function private.is_cap_spent(p_settings public.settings) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return private.saves(p_settings, 'boxes_drained')
    or p_settings.daily_cap_usd is not null and private.spent_share(p_settings) >= 1;
end
$$;

create or replace function private.is_free_stopped(p_settings public.settings) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return private.saves(p_settings, 'free_paused')
    or p_settings.daily_cap_usd is not null and private.spent_share(p_settings) >= p_settings.free_stop_share;
end
$$;

create or replace function private.is_busy() returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return private.saving_step() <> 'none'
    or (select count(*) > 20 from (select from public.jobs j where j.status = 'running' limit 21) r);
end
$$;

-- As before; every column with one of these prefixes is the operator's too, but what the autopilot writes.
create or replace function public.change_settings(p_actor text, p_changes jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_known text[] := array(
    select c.attname from pg_catalog.pg_attribute c
    where c.attrelid = 'public.settings'::pg_catalog.regclass and c.attnum > 0 and not c.attisdropped
      and (c.attname in ('intake_paused', 'dispatch_paused', 'max_concurrent', 'daily_cap_usd', 'free_enabled')
        or c.attname ~ '^(capacity|saving|fallback|eta)_')
      and c.attname not in ('saving_step', 'saving_day', 'saving_since')
    order by c.attnum);
  v_unknown text;
  v_key text;
  v_before public.settings;
  v_after public.settings;
begin
  select k into v_unknown from jsonb_object_keys(p_changes) k where k <> all (v_known) limit 1;
  if found or coalesce(p_actor, '') = '' then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('path', v_unknown));
  end if;
  select * into v_before from public.settings for update;
  v_after := jsonb_populate_record(v_before, p_changes);
  for v_key in select jsonb_object_keys(p_changes) loop
    execute format('update public.settings set %1$I = ($1).%1$I', v_key) using v_after;
  end loop;
  if v_after is distinct from v_before then
    update public.settings set updated_at = now();
    insert into public.audit_log (actor, action, subject, detail)
    select p_actor, 'change_settings', string_agg(k, ' ' order by k),
      jsonb_object_agg(k, jsonb_build_array(to_jsonb(v_before) -> k, to_jsonb(v_after) -> k))
    from unnest(v_known) k where to_jsonb(v_before) -> k is distinct from to_jsonb(v_after) -> k;
    -- Workers ask again at once where there is something to do again.
    if not v_after.dispatch_paused then
      perform private.wake_workers();
    end if;
  end if;
  return (select jsonb_object_agg(k, to_jsonb(v_after) -> k) from unnest(v_known) k)
    || jsonb_build_object('saving_step', private.saving_step(), 'spent_usd', coalesce(
      (select round(s.usd_micros / 1000000.0, 2) from public.spend_days s where s.day = private.utc_day()), 0));
end
$$;
