-- The clock of the database may be set. Forward is a gap like any other: leases get their time, and an attempt's time counts
-- from the end of the gap. Backward leaves stamps in the future, which would keep the dead alive and the living silent:
-- they are taken back to now.
alter table private.sweep_state add column resumed_at timestamptz not null default '-infinity';
comment on column private.sweep_state.resumed_at is 'End of the last gap in sweeping: no attempt has had its time before.';

drop function private.run_ends_at(public.job_attempts, int, public.settings);
-- When an attempt has had its time. A box that is stuck, or lies, may report for ever; a provider has deadlines of its own.
create function private.run_ends_at(p_attempt public.job_attempts, p_max_s int, p_settings public.settings,
  p_since timestamptz) returns timestamptz
language sql immutable set search_path = '' as $$
  select least(greatest(p_attempt.claimed_at, p_since) + p_max_s * interval '1 s',
    case
      when p_attempt.backend = 'comfy' and p_attempt.promised_p90_ms is not null
        and (p_attempt.began_at is not null or not p_attempt.ahead)
      then greatest(case when p_attempt.ahead then p_attempt.began_at else p_attempt.claimed_at end, p_since)
        + greatest(p_settings.box_run_floor_s * 1000::float8, p_settings.box_run_factor * p_attempt.promised_p90_ms::float8)
          * interval '1 ms' end)
$$;

create or replace function private.lock_overdue()
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 SET search_path TO ''
AS $$
declare
  v_ids uuid[];
  v_settings public.settings;
  v_since timestamptz := (select s.resumed_at from private.sweep_state s);
begin
  select * into v_settings from public.settings;
  select array_agg(o.id) into v_ids from (
    select j.id from public.jobs j
    join public.job_kinds k on k.kind = j.kind
    join public.job_attempts a on a.job_id = j.id and a.epoch = j.epoch
    join public.queue_lanes l on l.owner = j.owner and l.class = j.lane
    where j.status = 'running' and (j.lease_until < clock_timestamp()
      or j.shown_at + (k.stage_timeouts_s ->> j.stage::text)::int * interval '1 s' < clock_timestamp()
      or private.run_ends_at(a, k.max_run_s, v_settings, v_since) < clock_timestamp())
    order by j.id limit 200 for update of j, l skip locked
  ) o;
  perform from public.accounts c where c.owner in (select j.owner from public.jobs j where j.id = any (v_ids))
  order by c.owner for update;
  perform from public.free_usage u
  where (u.bucket, u.day) in (
    select unnest(h.buckets), h.day from public.free_holds h where h.job_id = any (v_ids))
  order by u.bucket, u.day for update;
  return query select unnest(v_ids);
end
$$;

create function private.mend_clock() returns void
language plpgsql set search_path = '' as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  update public.jobs j
  set lease_until = least(j.lease_until, v_now), reported_at = least(j.reported_at, v_now),
    shown_at = least(j.shown_at, v_now), stage_at = least(j.stage_at, v_now), started_at = least(j.started_at, v_now)
  where j.status = 'running';
  update public.job_attempts a
  set claimed_at = least(a.claimed_at, v_now), began_at = least(a.began_at, v_now),
    sampling_at = least(a.sampling_at, v_now), saving_at = least(a.saving_at, v_now)
  from public.jobs j where j.status = 'running' and a.job_id = j.id and a.epoch = j.epoch and a.claimed_at > v_now;
  -- Nobody is held back for more than a minute.
  update public.workers w
  set last_seen = least(w.last_seen, v_now), active_at = least(w.active_at, v_now),
    hold_until = case when w.hold_until > v_now + interval '1 min' then v_now else w.hold_until end
  where w.last_seen > v_now or w.active_at > v_now or w.hold_until > v_now + interval '1 min';
  with ahead_of_time as (
    select l.owner, l.class from public.queue_lanes l where l.last_served_at > v_now
    order by l.owner, l.class for update skip locked)
  update public.queue_lanes l set last_served_at = v_now
  from ahead_of_time t where l.owner = t.owner and l.class = t.class;
  update private.doorbell set rung_at = v_now where rung_at > v_now;
  update private.fallback_look set looked_at = v_now where looked_at > v_now;
  update private.audit_state set audited_at = v_now where audited_at > v_now;
  update private.capacity_lease set until = v_now where until > v_now + interval '10 min';
  update public.alerts set due_at = v_now where told_at is null and opened_at > v_now;
end
$$;

create or replace function private.sweep_jobs()
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO ''
AS $$
declare
  v_last timestamptz;
  v_now timestamptz := clock_timestamp();
  v_job public.jobs;
  v_status text;
  v_requeued int := 0;
  v_failed int := 0;
begin
  if not pg_try_advisory_xact_lock(20261123, 2) then
    return jsonb_build_object('skipped', true, 'extended', 0, 'requeued', 0, 'failed', 0);
  end if;
  select s.swept_at into v_last from private.sweep_state s;
  update private.sweep_state set swept_at = v_now;
  if v_last > v_now + interval '1 s' then
    perform private.mend_clock();
  end if;
  if v_last not between v_now - interval '15 s' and v_now + interval '1 s' then
    update private.sweep_state set resumed_at = v_now;
    return jsonb_build_object('skipped', false, 'extended', private.extend_leases(), 'requeued', 0, 'failed', 0);
  end if;
  for v_job in select j.* from private.lock_overdue() o join public.jobs j on j.id = o order by j.id loop
    v_status := private.end_overdue(v_job);
    v_requeued := v_requeued + (v_status = 'queued')::int;
    v_failed := v_failed + (v_status = 'failed')::int;
  end loop;
  return jsonb_build_object('skipped', false, 'extended', 0, 'requeued', v_requeued, 'failed', v_failed);
end
$$;
