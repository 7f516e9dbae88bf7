-- What the server's tick needs to ask for boxes and give them back. One server holds the lease; only intents need it.
-- What a provider answered is a fact and is taken from anybody, so that a server which lost the lease in the middle of
-- a call leaves nothing unknown.
create table private.capacity_lease (
  id boolean primary key default true check (id),
  holder uuid,
  until timestamptz not null default '-infinity',
  watching_since timestamptz not null default now()
);
insert into private.capacity_lease default values;
alter table private.capacity_lease enable row level security;

create function private.holds_capacity(p_holder uuid) returns boolean
language plpgsql set search_path = '' as $$
begin
  perform from private.capacity_lease l where l.holder = p_holder for share;
  return found;
end
$$;

create function private.ms(p_at timestamptz) returns bigint
language sql immutable set search_path = '' as $$
  select floor(extract(epoch from p_at) * 1000)::bigint
$$;

-- Rent of every box that costs something, up to now. Each moment of each box once: booked_until moves with it.
create function private.book_boxes(p_box uuid default null) returns void
language plpgsql set search_path = '' as $$
declare
  v_box public.boxes;
  v_now timestamptz;
begin
  for v_box in
    select * from public.boxes b
    where b.state <> 'gone' and b.booked_until is not null and (p_box is null or b.id = p_box) order by b.id for update
  loop
    v_now := clock_timestamp();
    update public.boxes b
    set booked_until = v_now,
      usd_micros = b.usd_micros + private.book_rent(v_box.usd_per_hour, v_box.booked_until, v_now)
    where b.id = v_box.id;
  end loop;
end
$$;

-- Queued jobs by template and trust, counted no further than 2000: more boxes than that would want are never allowed.
-- What is not dispatched now asks for no box.
create function private.capacity_demand(p_settings public.settings) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if p_settings.dispatch_paused or private.is_cap_spent(p_settings) then
    return '[]';
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('template', d.template, 'trust', d.min_trust, 'jobs', d.jobs,
      'work_ms', d.jobs * private.work_ms(d.template))), '[]')
    from (
      select q.template, q.min_trust, count(*)::int as jobs
      from (
        select j.mode || '/' || j.variant as template, greatest(j.min_trust, p_settings.min_trust) as min_trust
        from public.queue_lanes l
        join public.jobs j on j.owner = l.owner and j.lane = l.class and j.status = 'queued'
        where l.queued > 0 and (l.class = 'paid' or not private.is_free_stopped(p_settings)) limit 2000) q
      group by 1, 2) d);
end
$$;

-- p50 of the last 20 successes, milliseconds; 15 s while there is none.
create function private.work_ms(p_template text) returns int
language plpgsql stable set search_path = '' as $$
begin
  return coalesce((
    select percentile_cont(0.5) within group (order by extract(epoch from a.ended_at - a.claimed_at) * 1000)
    from (
      select x.claimed_at, x.ended_at from public.job_attempts x
      where x.template = p_template and x.outcome = 'succeeded' order by x.ended_at desc limit 20) a), 15000)::int;
end
$$;

-- What a box did last, and how much a provider charged lately, are found by worker.
create index job_attempts_worker on public.job_attempts (worker_id, claimed_at desc);

create function private.box_view(p_box public.boxes) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_seen timestamptz;
  v_unfit boolean;
  v_running int;
  v_busy timestamptz;
begin
  select max(w.last_seen), coalesce(bool_or(to_jsonb(w) ->> 'unfit_reason' is not null), false),
    coalesce(sum((select count(*) from public.jobs j where j.status = 'running' and j.worker_id = w.id)), 0),
    max((select a.ended_at from public.job_attempts a where a.worker_id = w.id order by a.claimed_at desc limit 1))
  into v_seen, v_unfit, v_running, v_busy from public.workers w where w.box_id = p_box.id;
  return jsonb_build_object('id', p_box.id, 'pool', p_box.pool, 'name', p_box.name, 'remote_id', p_box.remote_id,
    'state', p_box.state, 'usd_per_hour', p_box.usd_per_hour, 'templates', p_box.templates, 'trust', p_box.trust,
    'charged', p_box.booked_until is not null, 'asked_at', private.ms(p_box.asked_at),
    'up_at', private.ms(p_box.up_at), 'draining_at', private.ms(p_box.draining_at), 'seen_at', private.ms(v_seen),
    'running', v_running, 'unfit', v_unfit,
    'busy_at', private.ms(case when v_running > 0 then clock_timestamp() else greatest(v_busy, p_box.up_at) end));
end
$$;

-- The state that the tick decides on, or null while another server holds the lease. Times in milliseconds since 1970.
create function public.take_capacity(p_holder uuid, p_pools jsonb, p_lease_s int) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_settings public.settings;
  v_now timestamptz := clock_timestamp();
begin
  update private.capacity_lease l
  set holder = p_holder, until = v_now + p_lease_s * interval '1 s',
    watching_since = case when l.until < v_now - interval '60 s' then v_now else l.watching_since end
  where l.holder = p_holder or l.until < v_now;
  if not found then
    return null;
  end if;
  insert into public.capacity_pools as c (name, provider, templates, trust, usd_per_hour)
  select p ->> 'name', p ->> 'provider', array(select jsonb_array_elements_text(p -> 'templates')),
    (p ->> 'trust')::public.worker_trust, (p ->> 'usd_per_hour')::numeric
  from jsonb_array_elements(p_pools) p
  on conflict (name) do update set provider = excluded.provider, templates = excluded.templates,
    trust = excluded.trust, usd_per_hour = excluded.usd_per_hour, seen_at = now();
  perform private.book_boxes();
  select * into v_settings from public.settings;
  return jsonb_build_object(
    'now', private.ms(v_now),
    'settings', to_jsonb(v_settings),
    'halted', private.is_cap_spent(v_settings),
    'left_usd', (select v_settings.daily_cap_usd - coalesce(sum(s.usd_micros), 0) / 1000000.0
      from public.spend_days s where s.day = private.utc_day()),
    'demand', private.capacity_demand(v_settings),
    'others', (select coalesce(jsonb_agg(jsonb_build_object(
        'templates', coalesce(w.capabilities -> 'templates', '[]'), 'trust', k.trust)), '[]')
      from public.workers w join public.worker_keys k on k.id = w.key_id
      where w.box_id is null and w.last_seen > v_now - interval '45 s' and not w.draining and w.revoked_at is null
        and k.revoked_at is null and k.trust <> 'provider'),
    'pools', (select coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'cool_until', case
        when c.cool_until = '-infinity' then 0 else private.ms(c.cool_until) end,
        'p50_ms', private.cold_start_ms(c.name, 0.5), 'p99_ms', private.cold_start_ms(c.name, 0.99))), '[]')
      from public.capacity_pools c),
    'boxes', (select coalesce(jsonb_agg(private.box_view(b) order by b.asked_at), '[]')
      from public.boxes b where b.state <> 'gone'),
    'watching_since', (select private.ms(l.watching_since) from private.capacity_lease l),
    'last_asked_at', (select private.ms(max(b.asked_at)) from public.boxes b),
    'last_drained_at', (select private.ms(max(b.draining_at)) from public.boxes b));
end
$$;

-- The intent, with the key that only this box will get. False when the lease is another's by now.
create function public.ask_box(p_holder uuid, p_box jsonb) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_key uuid;
begin
  if not private.holds_capacity(p_holder) then
    return false;
  end if;
  insert into public.worker_keys (name, key_hash, pool, trust, usd_per_hour)
  values (p_box ->> 'name', p_box ->> 'key_hash', p_box ->> 'pool', (p_box ->> 'trust')::public.worker_trust,
    (p_box ->> 'usd_per_hour')::numeric)
  returning id into v_key;
  insert into public.boxes (id, pool, provider, name, key_id, templates, trust, usd_per_hour)
  values ((p_box ->> 'id')::uuid, p_box ->> 'pool', p_box ->> 'provider', p_box ->> 'name', v_key,
    array(select jsonb_array_elements_text(p_box -> 'templates')), (p_box ->> 'trust')::public.worker_trust,
    (p_box ->> 'usd_per_hour')::numeric);
  insert into public.audit_log (actor, action, subject, detail)
  values ('capacity', 'ask_box', p_box ->> 'name', jsonb_build_object('pool', p_box ->> 'pool'));
  return true;
end
$$;

-- A provider says that the box exists. `p_charged`: it costs from the moment it was asked for, if it did not already.
-- Answers its state: `gone` means that nobody waits for it any more and it is to be removed again.
create function public.answer_box(p_box uuid, p_remote text, p_usd_per_hour numeric, p_charged boolean) returns text
language plpgsql security definer set search_path = '' as $$
declare
  v_box public.boxes;
begin
  select * into v_box from public.boxes b where b.id = p_box for update;
  if not found then
    perform private.refuse('NOT_FOUND', jsonb_build_object('box', p_box));
  end if;
  if v_box.state = 'gone' then
    return 'gone';
  end if;
  if p_usd_per_hour is distinct from v_box.usd_per_hour and v_box.booked_until is not null then
    perform private.book_boxes(p_box);
  end if;
  update public.boxes b
  set remote_id = coalesce(p_remote, b.remote_id), usd_per_hour = coalesce(p_usd_per_hour, b.usd_per_hour),
    state = case when b.state = 'asked' then 'starting' else b.state end,
    booked_until = coalesce(b.booked_until, case
      when not p_charged then null when v_box.state = 'asked' then b.asked_at else clock_timestamp() end)
  where b.id = p_box returning b.* into v_box;
  update public.worker_keys k set usd_per_hour = v_box.usd_per_hour where k.id = v_box.key_id;
  update public.workers w set usd_per_hour = v_box.usd_per_hour where w.box_id = p_box;
  return v_box.state;
end
$$;

-- Nothing more is dispatched to it; it goes once what it has in hand is done.
create function public.drain_box(p_holder uuid, p_box uuid, p_reason text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  if not private.holds_capacity(p_holder) then
    return false;
  end if;
  update public.boxes b set state = 'draining', draining_at = clock_timestamp(), reason = p_reason
  where b.id = p_box and b.state in ('asked', 'starting', 'up');
  if found then
    update public.workers w set draining = true where w.box_id = p_box;
    insert into public.audit_log (actor, action, subject, detail)
    select 'capacity', 'drain_box', b.name, jsonb_build_object('reason', p_reason) from public.boxes b where b.id = p_box;
  end if;
  return true;
end
$$;

-- It is no more, or never was: paid up to here, and its key opens nothing any longer. Idempotent.
create function public.end_box(p_box uuid, p_reason text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_box public.boxes;
begin
  perform private.book_boxes(p_box);
  update public.boxes b
  set state = 'gone', gone_at = clock_timestamp(), reason = coalesce(b.reason, p_reason)
  where b.id = p_box and b.state <> 'gone' returning b.* into v_box;
  if not found then
    return;
  end if;
  update public.worker_keys k set revoked_at = coalesce(k.revoked_at, now()) where k.id = v_box.key_id;
  update public.workers w set draining = true where w.box_id = p_box;
  insert into public.audit_log (actor, action, subject, detail) values ('capacity', 'end_box', v_box.name,
    jsonb_build_object('reason', v_box.reason, 'usd', round(v_box.usd_micros / 1000000.0, 4)));
end
$$;

-- Nothing is asked of the pool for a while. With `p_alert` a person has to look (a key, an image, the balance).
create function public.cool_pool(p_pool text, p_seconds int, p_problem text, p_alert boolean) returns void
language plpgsql security definer set search_path = '' as $$
begin
  update public.capacity_pools c
  set cool_until = clock_timestamp() + p_seconds * interval '1 s', problem = p_problem where c.name = p_pool;
  if p_alert then
    perform private.open_alert('capacity', p_pool, jsonb_build_object('problem', p_problem));
  end if;
end
$$;

-- It gives boxes again.
create function public.mend_pool(p_pool text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  update public.capacity_pools c set cool_until = '-infinity', problem = null
  where c.name = p_pool and c.problem is not null;
  if found then
    update public.alerts a set closed_at = now() where a.kind = 'capacity' and a.subject = p_pool and a.closed_at is null;
  end if;
end
$$;

grant execute on function public.take_capacity, public.ask_box, public.answer_box, public.drain_box, public.end_box,
  public.cool_pool, public.mend_pool to service_role;
