-- An input that is stored nowhere ends its job at once; whoever hands a job back lets another box try first, and nothing
-- goes round for ever. An attempt has an end of ours, whatever its box reports.

create or replace function private.suits_others(p_job public.jobs, p_worker uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $$
begin
  return clock_timestamp() - p_job.stage_at
      between interval '0' and (select s.box_elsewhere_s from public.settings s) * interval '1 s'
    and exists (
      select from public.job_attempts a
      where a.job_id = p_job.id and a.worker_id = p_worker)
    and exists (
      select from private.live_workers() v
      where v.id <> p_worker and v.templates ? (p_job.mode || '/' || p_job.variant) and v.trust >= p_job.min_trust
        and not exists (
          select from public.job_attempts a
          where a.job_id = p_job.id and a.worker_id = v.id));
end
$$;

create or replace function private.lock_head(p_owner uuid, p_wish private.claim_wish)
 RETURNS public.jobs
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_bitmapscan TO 'off'
 SET enable_sort TO 'off'
AS $$
declare
  v_need record;
  v_job public.jobs;
begin
  for v_need in select h.template, h.min_trust from private.lane_heads(p_owner, p_wish) h loop
    select * into v_job from public.jobs j
    where j.owner = p_owner and j.lane = p_wish.class and j.status = 'queued'
      and j.mode || '/' || j.variant = v_need.template and j.min_trust = v_need.min_trust
      and (j.epoch = 0 or not private.suits_others(j, p_wish.worker))
    order by j.id limit 1 for update skip locked;
    exit when found;
  end loop;
  if v_job.id is null then
    return null;
  end if;
  perform from public.queue_lanes l
  where l.owner = p_owner and l.class = p_wish.class and l.running < p_wish.running_cap for update;
  return case when found then v_job end;
end
$$;

-- Of the files that an attempt was given, by storage key.
create function public.attempt_inputs(p_worker uuid, p_job uuid, p_epoch int) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_view jsonb;
begin
  perform private.require_worker(p_worker);
  v_view := private.claimed_view(private.lock_attempt(p_worker, p_job, p_epoch));
  return (
    select coalesce(jsonb_agg(f -> 'storage_key'), '[]')
    from jsonb_array_elements((v_view -> 'inputs') || coalesce(nullif(v_view -> 'mask', 'null'), '[]')) f);
end
$$;
grant execute on function public.attempt_inputs to service_role;

drop function public.fail_job(uuid, uuid, int, text, boolean, text);
-- p_blame: false when the server has seen for itself that it was not the box.
create or replace function public.fail_job(p_worker uuid, p_job uuid, p_epoch integer, p_code text, p_retry boolean, p_detail text,
  p_blame boolean default true)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $$
declare
  v_job public.jobs;
  v_answer jsonb;
begin
  perform private.require_worker(p_worker);
  perform from public.jobs j where j.id = p_job for update;
  v_answer := private.ended_before(p_worker, p_job, p_epoch, 'failed');
  if v_answer is not null then
    return v_answer;
  end if;
  v_job := private.lock_attempt(p_worker, p_job, p_epoch);
  perform private.close_attempt(v_job, 'failed', p_code, left(p_detail, 2000));
  v_answer := private.fail_attempt(v_job, p_code, p_retry);
  if p_blame then
    perform private.note_end(p_worker, v_job, false);
  end if;
  perform private.touch_worker(p_worker);
  return v_answer;
end
$$;
grant execute on function public.fail_job to service_role;

alter table public.settings
  add column box_handbacks int not null default 20 check (box_handbacks > 0),
  add column box_run_floor_s int not null default 450 check (box_run_floor_s > 0),
  add column box_run_factor int not null default 10 check (box_run_factor > 0);
comment on column public.settings.box_handbacks is 'From this epoch on a job that is handed back burns an attempt.';
comment on column public.settings.box_run_floor_s is 'An attempt of a box may take this long whatever was measured.';
comment on column public.settings.box_run_factor is 'Beyond that it may take so many times the p90 that it was expected to take.';

create or replace function public.release_job(p_worker uuid, p_job uuid, p_epoch integer)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $$
declare
  v_job public.jobs;
  v_answer jsonb;
begin
  perform private.require_worker(p_worker);
  perform from public.jobs j where j.id = p_job for update;
  v_answer := private.ended_before(p_worker, p_job, p_epoch, 'drained');
  if v_answer is not null then
    return v_answer;
  end if;
  v_job := private.lock_attempt(p_worker, p_job, p_epoch);
  perform private.close_attempt(v_job, 'drained');
  if v_job.epoch >= (select s.box_handbacks from public.settings s) and not v_job.ahead then
    v_answer := private.fail_attempt(v_job, 'WORKER_LOST', true);
    perform private.note_release(p_worker);
    perform private.touch_worker(p_worker);
    return v_answer;
  end if;
  if v_job.status = 'running' then
    perform private.requeue_job(v_job, false, false);
  else
    update public.jobs set worker_id = null, lease_until = null, attempts = attempts - (not ahead)::int, ahead = false
    where id = p_job;
  end if;
  perform private.note_release(p_worker);
  perform private.touch_worker(p_worker);
  return jsonb_build_object('status', 'queued');
end
$$;

-- When an attempt has had its time. A box that is stuck, or lies, may report for ever; a provider has deadlines of its own.
create function private.run_ends_at(p_attempt public.job_attempts, p_max_s int, p_settings public.settings)
returns timestamptz
language sql immutable set search_path = '' as $$
  select least(p_attempt.claimed_at + p_max_s * interval '1 s',
    case
      when p_attempt.backend = 'comfy' and p_attempt.promised_p90_ms is not null
        and (p_attempt.began_at is not null or not p_attempt.ahead)
      then case when p_attempt.ahead then p_attempt.began_at else p_attempt.claimed_at end
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
begin
  select * into v_settings from public.settings;
  select array_agg(o.id) into v_ids from (
    select j.id from public.jobs j
    join public.job_kinds k on k.kind = j.kind
    join public.job_attempts a on a.job_id = j.id and a.epoch = j.epoch
    join public.queue_lanes l on l.owner = j.owner and l.class = j.lane
    where j.status = 'running' and (j.lease_until < clock_timestamp()
      or j.shown_at + (k.stage_timeouts_s ->> j.stage::text)::int * interval '1 s' < clock_timestamp()
      or private.run_ends_at(a, k.max_run_s, v_settings) < clock_timestamp())
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
