-- The counters of queue_lanes and the two ways a job moves on: back into the queue, or to its end.
-- Callers hold the job's row lock; the lane is locked here, the account after it.
create function private.move_lane(p_job public.jobs, p_queued int, p_running int) returns void
language plpgsql set search_path = '' as $$
begin
  update public.queue_lanes l
  set queued = l.queued + p_queued, running = l.running + p_running,
    passed_at = case when l.queued + p_queued > 0 then l.passed_at end
  where l.owner = p_job.owner and l.class = p_job.lane;
  if not found then
    raise exception 'lane of job % is missing', p_job.id;
  end if;
end
$$;

create function private.close_attempt(p_job public.jobs, p_outcome public.attempt_outcome,
  p_error text default null, p_detail text default null, p_ended_at timestamptz default clock_timestamp()) returns void
language plpgsql set search_path = '' as $$
begin
  update public.job_attempts a
  set ended_at = e.at, outcome = p_outcome, error_code = p_error, detail = p_detail,
    cost_usd_micros = (extract(epoch from e.at - a.claimed_at) * w.usd_per_hour / 3600 * 1000000)::bigint
  from (select greatest(x.claimed_at, p_ended_at) as at, x.worker_id from public.job_attempts x
        where x.job_id = p_job.id and x.epoch = p_job.epoch) e
  left join public.workers w on w.id = e.worker_id
  where a.job_id = p_job.id and a.epoch = p_job.epoch and a.ended_at is null;
end
$$;

-- A lane keeps its place: who was served long ago goes first, so a requeued job does not start at the end.
-- `p_keep_worker` leaves the fence open for the worker that lost its lease; `p_burn` false gives the attempt back.
create function private.requeue_job(p_job public.jobs, p_keep_worker boolean, p_burn boolean) returns void
language plpgsql set search_path = '' as $$
begin
  perform private.move_lane(p_job, 1, -1);
  update public.jobs
  set status = 'queued', stage = 'waiting', stage_at = clock_timestamp(), shown_at = clock_timestamp(),
    step = 0, progress = 0, version = version + 1,
    attempts = attempts - case when p_burn then 0 else 1 end,
    worker_id = case when p_keep_worker then worker_id end,
    lease_until = case when p_keep_worker then lease_until end
  where id = p_job.id;
  perform private.wake_workers();
end
$$;

-- Terminal, once: lane, then money, then the row. Answers what was given back.
create function private.finish_job(p_job public.jobs, p_status public.job_status, p_end public.ledger_kind,
  p_error text default null) returns int
language plpgsql set search_path = '' as $$
declare
  v_queued boolean := p_job.status = 'queued';
  v_done boolean := p_status = 'succeeded';
  v_returned int;
begin
  perform private.move_lane(p_job, case when v_queued then -1 else 0 end, case when v_queued then 0 else -1 end);
  v_returned := private.settle(p_job, p_end);
  update public.jobs
  set status = p_status, error_code = p_error, returned = v_returned, lease_until = null, version = version + 1,
    finished_at = clock_timestamp(), shown_at = clock_timestamp(),
    stage = case when v_done then 'saving' else stage end,
    step = case when v_done then steps else step end,
    progress = case when v_done then 1 else progress end
  where id = p_job.id;
  return v_returned;
end
$$;
