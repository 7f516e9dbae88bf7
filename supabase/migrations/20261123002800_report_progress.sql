-- The beat and the picture of a running job, written by the box itself under its own role.
-- The epoch decides, never the clock: after a lost lease the current epoch is still accepted, also from the queue as
-- long as nobody else has claimed the job; then it runs again and no attempt is burned.

-- Locks the job for a write of (worker, epoch). Raises when the attempt is no longer the current one.
create function private.lock_attempt(p_worker uuid, p_job uuid, p_epoch int) returns public.jobs
language plpgsql set search_path = '' as $$
declare
  v_job public.jobs;
begin
  select * into v_job from public.jobs j where j.id = p_job for update;
  if not found then
    perform private.refuse('JOB_NOT_FOUND');
  end if;
  if v_job.epoch <> p_epoch then
    perform private.refuse('EPOCH_STALE', jsonb_build_object('epoch', v_job.epoch));
  end if;
  if v_job.status in ('succeeded', 'failed', 'canceled') then
    perform private.refuse('JOB_OVER', jsonb_build_object('status', v_job.status));
  end if;
  if v_job.worker_id is distinct from p_worker then
    perform private.refuse('EPOCH_STALE', jsonb_build_object('epoch', v_job.epoch));
  end if;
  return v_job;
end
$$;

-- A worker that lost its lease is back before anybody took its job.
create function private.resume_attempt(p_job public.jobs) returns public.jobs
language plpgsql set search_path = '' as $$
declare
  v_job public.jobs;
begin
  perform private.move_lane(p_job, -1, 1);
  update public.jobs
  set status = 'running', stage = 'starting', stage_at = clock_timestamp(), shown_at = clock_timestamp(),
    version = version + 1
  where id = p_job.id returning * into v_job;
  return v_job;
end
$$;

-- Applies one report to a running row. False when the row changed since `p_job` was read.
-- A report that shows nothing new moves only the lease; stages, steps and progress never run backwards.
create function private.apply_report(p_job public.jobs, p_stage public.job_stage, p_step int, p_steps int,
  p_progress real) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_now timestamptz := clock_timestamp();
  v_lease timestamptz := v_now + (select k.lease_s from public.job_kinds k where k.kind = p_job.kind) * interval '1 s';
  v_stage public.job_stage := greatest(p_stage, p_job.stage);
  v_steps int := case when p_steps > 0 then p_steps else p_job.steps end;
  v_step int := least(greatest(coalesce(p_step, 0), case when v_steps = p_job.steps then p_job.step end), v_steps);
  v_progress real := greatest(least(coalesce(p_progress, 0), 1), p_job.progress);
begin
  -- Past sampling every step is done, whatever the report said: the 80 % rule of cancel reads it.
  if v_stage in ('decoding', 'saving') then
    v_step := v_steps;
  end if;
  if v_stage <> p_job.stage or (
    (v_step, v_steps, v_progress) is distinct from (p_job.step, p_job.steps, p_job.progress)
    -- 1 s less the jitter of a worker that reports every second.
    and v_now - p_job.shown_at >= interval '950 ms')
  then
    update public.jobs j
    set lease_until = v_lease, reported_at = v_now, shown_at = v_now, version = j.version + 1, stage = v_stage,
      stage_at = case when v_stage = p_job.stage then j.stage_at else v_now end,
      step = v_step, steps = v_steps, progress = v_progress
    where j.id = p_job.id and j.status = 'running' and j.epoch = p_job.epoch and j.version = p_job.version;
  else
    update public.jobs j set lease_until = v_lease, reported_at = v_now
    where j.id = p_job.id and j.status = 'running' and j.epoch = p_job.epoch and j.version = p_job.version;
  end if;
  return found;
end
$$;

create function public.report_progress(p_job uuid, p_epoch int, p_stage text, p_step int, p_steps int,
  p_progress real) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_worker uuid := auth.uid();
  v_drain boolean := (private.require_worker(v_worker)).draining;
  v_stage public.job_stage := p_stage::public.job_stage;
  v_job public.jobs;
  v_over boolean;
begin
  loop
    -- Read without a lock: a lock of its own would cost each beat one more WAL record.
    select * into v_job from public.jobs j where j.id = p_job;
    v_over := not found or v_job.epoch <> p_epoch or v_job.worker_id is distinct from v_worker
      or v_job.status not in ('queued', 'running');
    exit when v_over;
    if v_job.status = 'queued' then
      perform from public.jobs j where j.id = p_job and j.epoch = p_epoch and j.status = 'queued'
        and j.worker_id = v_worker for update;
      continue when not found;
      v_job := private.resume_attempt(v_job);
    elsif v_stage <= v_job.stage and clock_timestamp() - v_job.reported_at < interval '200 ms' then
      exit;
    end if;
    exit when private.apply_report(v_job, v_stage, p_step, p_steps, p_progress);
  end loop;
  perform private.touch_worker(v_worker);
  return jsonb_build_object('over', v_over, 'drain', v_drain, 'lease_until',
    case when v_over then now() else (select j.lease_until from public.jobs j where j.id = p_job) end);
end
$$;

grant execute on function public.report_progress to forge_worker;
