-- How an attempt ends by the word of its worker: complete, fail, release. Each answers the same when it is repeated,
-- because the answer may have been lost. All are fenced by (job, epoch, worker).

-- The status to answer when this very attempt has already ended so; null when it has not.
create function private.ended_before(p_worker uuid, p_job uuid, p_epoch int, p_outcome public.attempt_outcome)
returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (select jsonb_build_object('status', j.status)
    from public.job_attempts a join public.jobs j on j.id = a.job_id
    where a.job_id = p_job and a.epoch = p_epoch and a.worker_id = p_worker and a.outcome = p_outcome);
end
$$;

-- `p_assets`: [{id, kind, storage_key, mime, width, height, bytes, sha256}], checked and stored by the server.
create function private.add_outputs(p_job public.jobs, p_assets jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  insert into public.assets (id, owner, kind, storage_key, mime, width, height, bytes, sha256, job_id, parents)
  select r.id, p_job.owner, r.kind, r.storage_key, r.mime, r.width, r.height, r.bytes, r.sha256, p_job.id,
    array(select (i ->> 'asset_id')::uuid from public.job_specs s, jsonb_array_elements(s.inputs) i
          where s.job_id = p_job.id)
  from jsonb_populate_recordset(null::public.assets, p_assets) r;
end
$$;

create function public.complete_job(p_worker uuid, p_job uuid, p_epoch int, p_assets jsonb, p_gpu_ms numeric,
  p_stage_ms jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_job public.jobs;
  v_answer jsonb;
begin
  perform private.require_worker(p_worker);
  v_answer := private.ended_before(p_worker, p_job, p_epoch, 'succeeded');
  if v_answer is not null then
    return v_answer;
  end if;
  perform from public.jobs j where j.id = p_job for update;
  -- The same call may have been in flight twice: whoever waited here finds the work done.
  v_answer := private.ended_before(p_worker, p_job, p_epoch, 'succeeded');
  if v_answer is not null then
    return v_answer;
  end if;
  v_job := private.lock_attempt(p_worker, p_job, p_epoch);
  if not exists (select from jsonb_array_elements(p_assets) a where a ->> 'kind' in ('output', 'lora')) then
    perform private.refuse('OUTPUT_INVALID');
  end if;
  perform private.add_outputs(v_job, p_assets);
  update public.job_attempts set gpu_ms = p_gpu_ms, stage_ms = p_stage_ms where job_id = p_job and epoch = p_epoch;
  perform private.close_attempt(v_job, 'succeeded');
  perform private.finish_job(v_job, 'succeeded', 'capture');
  perform private.touch_worker(p_worker);
  return jsonb_build_object('status', 'succeeded');
end
$$;

-- Looked at before uploads are signed. A job that this very attempt has completed is no error: the worker may repeat.
create function public.check_attempt(p_worker uuid, p_job uuid, p_epoch int) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_job public.jobs;
begin
  perform private.require_worker(p_worker);
  select * into v_job from public.jobs j
  where j.id = p_job and j.epoch = p_epoch and j.worker_id = p_worker and j.status = 'succeeded';
  if not found then
    v_job := private.lock_attempt(p_worker, p_job, p_epoch);
  end if;
  return jsonb_build_object('mode', v_job.mode, 'variant', v_job.variant, 'status', v_job.status);
end
$$;

-- A running job goes back to the queue while it has attempts left, else it fails and everything is given back.
create function private.fail_attempt(p_job public.jobs, p_code text, p_retry boolean) returns jsonb
language plpgsql set search_path = '' as $$
begin
  if p_retry and p_job.attempts < (select k.max_attempts from public.job_kinds k where k.kind = p_job.kind) then
    if p_job.status = 'running' then
      perform private.requeue_job(p_job, false, true);
    else
      update public.jobs set worker_id = null, lease_until = null where id = p_job.id;
    end if;
    return jsonb_build_object('status', 'queued');
  end if;
  perform private.finish_job(p_job, 'failed', 'release', p_code);
  return jsonb_build_object('status', 'failed');
end
$$;

create function public.fail_job(p_worker uuid, p_job uuid, p_epoch int, p_code text, p_retry boolean, p_detail text)
returns jsonb
language plpgsql security definer set search_path = '' as $$
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
  perform private.touch_worker(p_worker);
  return v_answer;
end
$$;

-- A drain: the attempt is not burned.
create function public.release_job(p_worker uuid, p_job uuid, p_epoch int) returns jsonb
language plpgsql security definer set search_path = '' as $$
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
  if v_job.status = 'running' then
    perform private.requeue_job(v_job, false, false);
  else
    update public.jobs set worker_id = null, lease_until = null, attempts = attempts - 1 where id = p_job;
  end if;
  perform private.touch_worker(p_worker);
  return jsonb_build_object('status', 'queued');
end
$$;

grant execute on function public.complete_job, public.check_attempt, public.fail_job, public.release_job
  to service_role;
