-- Every delivered preview counts against the plan: while many jobs run each sends half as many (`frameLimits.busyAbove`).

create function private.is_busy() returns boolean
language sql stable set search_path = '' as $$
  select count(*) > 20 from (select from public.jobs j where j.status = 'running' limit 21) r;
$$;

create or replace function public.report_progress(p_job uuid, p_epoch int, p_stage text, p_step int, p_steps int,
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
  return jsonb_build_object('over', v_over, 'drain', v_drain, 'busy', private.is_busy(), 'lease_until',
    case when v_over then now() else (select j.lease_until from public.jobs j where j.id = p_job) end);
end
$$;
