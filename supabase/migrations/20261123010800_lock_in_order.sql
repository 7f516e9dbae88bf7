-- Many rows of a kind are locked at once and in one order, before anything is done to the first: otherwise two who have some
-- each wait for the other's. Boxes of a key are counted under a lock of its own: whoever ends a box locks its key first and
-- its worker then, a session the other way round.

create or replace function public.set_refuse_provider(p_owner uuid, p_refuse boolean) returns int
language plpgsql security definer set search_path = '' as $$
declare
  v_ids uuid[];
  v_job public.jobs;
  v_begun int := 0;
begin
  perform private.refuse('UNAUTHENTICATED') where exists (
    select from private.closed_accounts c where c.owner = p_owner);
  if p_refuse then
    -- The lock under which a provider is given a job: after it none has looked before this word.
    perform pg_advisory_xact_lock(20261123, 25);
  end if;
  insert into public.profiles as p (id, refuse_provider) values (p_owner, p_refuse)
  on conflict (id) do update set refuse_provider = excluded.refuse_provider;
  if not p_refuse then
    return 0;
  end if;
  v_ids := array(select o.id from private.at_provider(p_owner) o);
  perform from public.jobs j where j.id = any (v_ids) order by j.id for update;
  perform from public.queue_lanes l where l.owner = p_owner order by l.class for update;
  -- Again: some may have ended, or gone to a box of ours, while their locks were waited for.
  for v_job in
    select j.* from private.at_provider(p_owner) o join public.jobs j on j.id = o.id where j.id = any (v_ids) order by j.id
  loop
    if v_job.remote ? 'posted_at' or v_job.remote ? 'id' then
      v_begun := v_begun + (v_job.status = 'running')::int;
    else
      perform private.take_home(v_job);
    end if;
  end loop;
  return v_begun;
end
$$;

create or replace function private.book_boxes(p_box uuid default null) returns void
language plpgsql set search_path = '' as $$
declare
  v_box public.boxes;
  v_now timestamptz;
begin
  perform from public.boxes b where b.state <> 'gone' and (p_box is null or b.id = p_box) order by b.id for update;
  for v_box in
    select * from public.boxes b
    where b.state <> 'gone' and b.booked_until is not null and (p_box is null or b.id = p_box) order by b.id
  loop
    v_now := clock_timestamp();
    update public.boxes b
    set booked_until = v_now,
      usd_micros = b.usd_micros + private.book_rent(v_box.usd_per_hour, v_box.booked_until, v_now)
    where b.id = v_box.id;
  end loop;
end
$$;

create or replace function private.watch_rent() returns int
language plpgsql set search_path = '' as $$
declare
  v_pools text[] := '{}';
  v_pool record;
  v_count int := 0;
begin
  if exists (select from private.unwatched_boxes()) then
    -- All of them, as `take_capacity` does: one at a time would be another order.
    perform private.book_boxes();
  end if;
  for v_pool in
    select u.pool, count(*)::int as boxes, sum(u.usd_per_hour) as rate, min(u.provider) as provider,
      jsonb_agg(jsonb_build_object('name', u.name, 'remote', u.remote_id) order by u.asked_at) as which
    from private.unwatched_boxes() u group by u.pool
  loop
    v_pools := v_pools || v_pool.pool;
    v_count := v_count + v_pool.boxes;
    if not exists (
      select from public.alerts a
      where a.kind = 'rented' and a.subject = v_pool.pool and a.closed_at is null and a.detail -> 'which' = v_pool.which)
    then
      perform private.open_alert('rented', v_pool.pool, jsonb_build_object('boxes', v_pool.boxes,
        'provider', v_pool.provider, 'usd_per_hour', v_pool.rate, 'which', v_pool.which));
    end if;
  end loop;
  update public.alerts a set closed_at = now()
  where a.kind = 'rented' and a.closed_at is null and a.subject <> all (v_pools);
  return v_count;
end
$$;

-- One at a time for each key, whatever its row is locked for.
create function private.lock_key(p_key uuid) returns void
language plpgsql set search_path = '' as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(p_key::text, 20261123));
end
$$;

create or replace function private.admit_box(p_key uuid, p_instance uuid, p_new boolean) returns void
language plpgsql set search_path = '' as $$
declare
  v_settings public.settings;
begin
  select * into v_settings from public.settings;
  perform private.lock_key(p_key);
  if p_new and (
    select count(*) from (
      select from public.workers w where w.key_id = p_key and w.first_seen > now() - interval '1 hour'
      limit v_settings.box_instances) n) >= v_settings.box_instances
  then
    perform private.refuse('RATE_LIMITED', jsonb_build_object('retry_after_s', 3600));
  end if;
  if (
    select count(*) from (
      select from public.workers w
      where w.key_id = p_key and w.id <> p_instance and w.left_at is null
        and w.last_seen > clock_timestamp() - interval '45 s' limit v_settings.box_live) n) >= v_settings.box_live
  then
    perform private.refuse('RATE_LIMITED', jsonb_build_object('retry_after_s', 45, 'live', v_settings.box_live));
  end if;
end
$$;

create or replace function private.watch_key(p_key uuid) returns void
language plpgsql set search_path = '' as $$
declare
  v_name text;
  v_boxes int;
begin
  perform private.lock_key(p_key);
  select count(*) into v_boxes from public.workers w
  where w.key_id = p_key and w.quarantined_at > clock_timestamp() - interval '1 hour';
  if v_boxes < (select s.box_quarantines from public.settings s) then
    return;
  end if;
  update public.worker_keys k set quarantined_at = clock_timestamp()
  where k.id = p_key and k.quarantined_at is null returning k.name into v_name;
  if found then
    perform private.open_alert('key', p_key::text, jsonb_build_object('key', v_name, 'boxes', v_boxes));
    insert into public.audit_log (actor, action, subject, detail)
    values ('box watch', 'quarantine_key', p_key::text, jsonb_build_object('boxes', v_boxes));
  end if;
end
$$;
