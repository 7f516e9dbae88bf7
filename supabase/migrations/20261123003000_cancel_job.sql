-- Cancel is terminal in one transaction. From the queue everything comes back. A running job below 80 % of its steps
-- stops and its credits come back, five times in an hour; after that, and for free uses always, the use is kept.
create function private.running_cancels(p_owner uuid) returns int
language sql stable set search_path = '' as $$
  select count(*)::int from public.jobs j
  join public.job_attempts a on a.job_id = j.id and a.epoch = j.epoch and a.outcome = 'canceled'
  where j.owner = p_owner and j.status = 'canceled' and j.finished_at > now() - interval '1 hour'
$$;

create function private.cancel_running(p_job public.jobs) returns int
language plpgsql set search_path = '' as $$
begin
  -- The lane first, so that two cancels of one owner count each other.
  perform from public.queue_lanes l where l.owner = p_job.owner and l.class = p_job.lane for update;
  return private.finish_job(p_job, 'canceled',
    case when p_job.purse = 'credits' and private.running_cancels(p_job.owner) < 5 then 'release'
      else 'capture' end::public.ledger_kind);
end
$$;

create function public.cancel_job(p_owner uuid, p_job uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_job public.jobs;
  v_returned int;
begin
  select * into v_job from public.jobs j where j.id = p_job and j.owner = p_owner for update;
  if not found then
    perform private.refuse('JOB_NOT_FOUND');
  end if;
  if v_job.status = 'canceled' then
    return jsonb_build_object('status', v_job.status, 'returned', v_job.returned);
  end if;
  if v_job.status in ('succeeded', 'failed') then
    perform private.refuse('JOB_FINISHED', jsonb_build_object('status', v_job.status));
  end if;
  if v_job.status = 'queued' then
    v_returned := private.finish_job(v_job, 'canceled', 'release');
    -- An attempt may still be open: its worker lost the lease and may be rendering.
    perform private.close_attempt(v_job, 'lost', 'WORKER_LOST', null, coalesce(v_job.lease_until, now()));
  else
    if v_job.steps > 0 and v_job.step >= v_job.steps * 0.8 then
      perform private.refuse('TOO_LATE_TO_CANCEL', jsonb_build_object('step', v_job.step, 'steps', v_job.steps));
    end if;
    v_returned := private.cancel_running(v_job);
    perform private.close_attempt(v_job, 'canceled');
  end if;
  if v_job.worker_id is not null then
    perform private.send_cancel(v_job.id, v_job.epoch);
  end if;
  return jsonb_build_object('status', 'canceled', 'returned', v_returned);
end
$$;

grant execute on function public.cancel_job to service_role;
