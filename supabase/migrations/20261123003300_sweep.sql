-- Every 5 s: jobs whose worker fell silent or is stuck go back to the queue or fail; objects that nobody needs any
-- more are named for deletion. After a gap of more than 15 s in sweeping every lease first gets 30 s more: an outage
-- of ours re-runs nothing.
create table private.sweep_state (
  id boolean primary key default true check (id),
  swept_at timestamptz not null default '-infinity'
);
insert into private.sweep_state default values;
alter table private.sweep_state enable row level security;

create function private.extend_leases() returns int
language plpgsql set search_path = '' as $$
declare
  v_extended int;
begin
  update public.jobs j
  set lease_until = greatest(j.lease_until, clock_timestamp()) + interval '30 s', shown_at = clock_timestamp()
  where j.status = 'running';
  get diagnostics v_extended = row_count;
  return v_extended;
end
$$;

-- Running jobs past their lease, their stage or their whole time, locked together with their lanes, accounts and
-- buckets. Jobs and lanes are taken only when free; what is waited for comes sorted: a sweep ends many jobs in one
-- transaction and must not close a circle with those who hold one.
create function private.lock_overdue() returns setof uuid
language plpgsql set search_path = '' as $$
declare
  v_ids uuid[];
begin
  select array_agg(o.id) into v_ids from (
    select j.id from public.jobs j
    join public.job_kinds k on k.kind = j.kind
    join public.job_attempts a on a.job_id = j.id and a.epoch = j.epoch
    join public.queue_lanes l on l.owner = j.owner and l.class = j.lane
    where j.status = 'running' and (j.lease_until < clock_timestamp()
      or j.shown_at + (k.stage_timeouts_s ->> j.stage::text)::int * interval '1 s' < clock_timestamp()
      or a.claimed_at + k.max_run_s * interval '1 s' < clock_timestamp())
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

-- Silence keeps the fence open for the worker to come back; a stuck worker, still talking, is told to stop.
create function private.end_overdue(p_job public.jobs) returns text
language plpgsql set search_path = '' as $$
begin
  if p_job.lease_until >= clock_timestamp() then
    perform private.close_attempt(p_job, 'failed', 'STAGE_TIMEOUT', 'stuck in ' || p_job.stage);
    perform private.send_cancel(p_job.id, p_job.epoch);
    return private.fail_attempt(p_job, 'STAGE_TIMEOUT', true) ->> 'status';
  end if;
  if p_job.attempts < (select k.max_attempts from public.job_kinds k where k.kind = p_job.kind) then
    perform private.requeue_job(p_job, true, true);
    return 'queued';
  end if;
  perform private.close_attempt(p_job, 'lost', 'WORKER_LOST', null, p_job.lease_until);
  perform private.finish_job(p_job, 'failed', 'release', 'WORKER_LOST');
  return 'failed';
end
$$;

create function private.sweep_jobs() returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_last timestamptz;
  v_job public.jobs;
  v_status text;
  v_requeued int := 0;
  v_failed int := 0;
begin
  if not pg_try_advisory_xact_lock(20261123, 2) then
    return jsonb_build_object('skipped', true, 'extended', 0, 'requeued', 0, 'failed', 0);
  end if;
  select s.swept_at into v_last from private.sweep_state s;
  update private.sweep_state set swept_at = clock_timestamp();
  if v_last < clock_timestamp() - interval '15 s' then
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

-- Staging objects older than a day. Named again every ten minutes for two hours, so that a tick which died between
-- reading and deleting loses nothing; deleting twice is harmless.
create function private.list_expired_uploads() returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_keys jsonb;
begin
  delete from public.uploads u where u.created_at < now() - interval '26 hours' and u.listed_at is not null;
  with listed as (
    update public.uploads u set listed_at = now()
    where u.id in (
      select x.id from public.uploads x
      where x.created_at < now() - interval '24 hours'
        and (x.listed_at is null or x.listed_at < now() - interval '10 minutes')
      order by x.created_at limit 200 for update skip locked)
    returning u.staging_key
  )
  select jsonb_agg(l.staging_key) into v_keys from listed l;
  return coalesce(v_keys, '[]');
end
$$;

create function public.sweep() returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  -- Long enough that a use can still go back to yesterday.
  delete from public.free_usage u where u.day < private.utc_day() - 3;
  return private.sweep_jobs() || jsonb_build_object('expired_uploads', private.list_expired_uploads());
end
$$;

grant execute on function public.sweep to service_role;
