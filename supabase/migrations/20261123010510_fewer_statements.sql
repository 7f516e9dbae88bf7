-- Plans that do not depend on how full a table was when a connection made them; what a press, a claim and an end
-- read or write twice they do once.

CREATE OR REPLACE FUNCTION public.report_progress(p_job uuid, p_epoch integer, p_stage text, p_step integer, p_steps integer, p_progress real)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_worker uuid := auth.uid();
  v_drain boolean := (private.require_worker(v_worker)).draining;
  v_stage public.job_stage := private.stage_of(p_stage);
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
  -- A job that was lost is news to its worker; one that it never held is not.
  if v_over and not private.held(v_worker, p_job, p_epoch) then
    perform private.note_refusal(v_worker, 'NOT_THEIRS');
  elsif p_progress = 'NaN' or p_step < 0 or p_step > 10000 or p_steps < 0 or p_steps > 10000 then
    perform private.note_refusal(v_worker, 'REPORT_ABSURD');
  end if;
  perform private.touch_worker(v_worker, not v_over);
  return jsonb_build_object('over', v_over, 'drain', v_drain, 'busy', private.is_busy(), 'lease_until',
    case when v_over then now() else (select j.lease_until from public.jobs j where j.id = p_job) end);
end
$function$;

CREATE OR REPLACE FUNCTION public.claim_job(p_worker uuid, p_warm text[], p_ahead boolean DEFAULT false)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_facts private.worker_facts := private.require_worker(p_worker);
  v_job public.jobs;
begin
  v_job := private.find_job(p_worker, v_facts, p_warm, p_ahead);
  if v_job.id is not null then
    v_job := private.start_attempt(v_job, p_worker, v_facts.stand_in, p_warm, p_ahead);
  end if;
  update public.workers w set warm = p_warm where w.id = p_worker and w.warm is distinct from p_warm and p_warm is not null;
  perform private.touch_worker(p_worker, not p_ahead);
  return case when v_job.id is not null then private.claimed_view(v_job) end;
end
$function$;

CREATE OR REPLACE FUNCTION private.claimed_view(p_job public.jobs)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_spec public.job_specs;
  v_inputs jsonb;
  v_mask jsonb;
begin
  select * into v_spec from public.job_specs s where s.job_id = p_job.id;
  select jsonb_agg(private.asset_facts(a) || i order by (i ->> 'order')::int, ord) into v_inputs
  from jsonb_array_elements(v_spec.inputs) with ordinality as e (i, ord)
  join public.assets a on a.id = (i ->> 'asset_id')::uuid;
  if v_spec.mask is not null then
    select private.asset_facts(a) || v_spec.mask into v_mask
    from public.assets a where a.id = (v_spec.mask ->> 'asset_id')::uuid;
  end if;
  return jsonb_build_object(
    'id', p_job.id, 'epoch', p_job.epoch, 'mode', p_job.mode, 'variant', p_job.variant,
    'model_key', p_job.model_key, 'lease_until', p_job.lease_until, 'inputs', coalesce(v_inputs, '[]'), 'mask', v_mask,
    'remote', case when (p_job.remote ->> 'epoch')::int = p_job.epoch then p_job.remote end,
    'spec', jsonb_build_object('prompt', v_spec.prompt, 'negative', v_spec.negative, 'creativity', v_spec.creativity,
      'chaos', v_spec.chaos, 'seed', v_spec.seed, 'params', v_spec.params, 'workflow_hash', v_spec.workflow_hash));
end
$function$;

CREATE OR REPLACE FUNCTION private.lock_head(p_owner uuid, p_wish private.claim_wish)
 RETURNS public.jobs
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_bitmapscan TO 'off'
 SET enable_sort TO 'off'
AS $function$
declare
  v_need record;
  v_job public.jobs;
begin
  for v_need in
    select n.template, n.min_trust
    from private.lane_needs n
    where n.owner = p_owner and n.class = p_wish.class and n.queued > 0
      and exists (
        select from unnest(p_wish.templates, p_wish.trusts) w (t, m) where w.t = n.template and w.m = n.min_trust)
    order by (
      select j.id from public.jobs j
      where j.owner = p_owner and j.lane = p_wish.class and j.status = 'queued'
        and j.mode || '/' || j.variant = n.template and j.min_trust = n.min_trust
      order by j.id limit 1)
  loop
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
$function$;

CREATE OR REPLACE FUNCTION public.complete_job(p_worker uuid, p_job uuid, p_epoch integer, p_assets jsonb, p_gpu_ms numeric, p_stage_ms jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_job public.jobs;
  v_answer jsonb;
  v_absurd boolean;
begin
  perform private.require_worker(p_worker);
  perform from public.jobs j where j.id = p_job for update;
  -- The same call may have been in flight twice: whoever waited here finds the work done.
  v_answer := private.ended_before(p_worker, p_job, p_epoch, 'succeeded');
  if v_answer is not null then
    return v_answer;
  end if;
  v_job := private.lock_attempt(p_worker, p_job, p_epoch);
  if p_gpu_ms is null or p_gpu_ms < 0 or p_gpu_ms = 'NaN' then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('path', 'gpu_ms'));
  end if;
  if not exists (select from jsonb_array_elements(p_assets) a where a ->> 'kind' in ('output', 'lora')) then
    perform private.refuse('OUTPUT_INVALID');
  end if;
  perform private.add_outputs(v_job, p_assets);
  update public.job_attempts a
  set gpu_ms = least(p_gpu_ms, private.gap_ms(a.claimed_at, clock_timestamp())), stage_ms = p_stage_ms,
    pixels = coalesce((
      select (o ->> 'width')::int * (o ->> 'height')::int from jsonb_array_elements(p_assets) o
      where o ->> 'kind' = 'output' limit 1), a.pixels)
  where a.job_id = p_job and a.epoch = p_epoch
  returning p_gpu_ms > private.gap_ms(a.claimed_at, clock_timestamp()) + 60000 into v_absurd;
  perform private.close_attempt(v_job, 'succeeded');
  perform private.finish_job(v_job, 'succeeded', 'capture');
  perform private.note_end(p_worker, v_job, true);
  if v_absurd then
    perform private.note_refusal(p_worker, 'TIMING_ABSURD');
  end if;
  perform private.touch_worker(p_worker);
  return jsonb_build_object('status', 'succeeded');
end
$function$;

CREATE OR REPLACE FUNCTION public.enqueue_jobs(p_owner uuid, p_anonymous boolean, p_request_id uuid, p_request_hash text, p_purse text, p_expected_price integer, p_buckets jsonb, p_jobs jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_count int := jsonb_array_length(p_jobs);
  v_total int;
  v_answer jsonb;
  v_purse public.job_purse;
  v_class public.lane_class;
begin
  if v_count is null or v_count not between 1 and 4 then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('count', v_count));
  end if;
  perform private.lock_owner(p_owner);
  if private.is_replay(p_owner, p_request_id, p_request_hash) then
    return private.press_answer(p_owner, p_anonymous, p_request_id, p_buckets) || '{"replayed": true}';
  end if;

  perform private.check_intake(p_owner, p_anonymous, v_count);
  perform private.check_assets(p_owner, p_jobs);
  select sum((j ->> 'price')::int) into v_total from jsonb_array_elements(p_jobs) j;
  v_purse := private.check_purse(p_owner, p_buckets, p_purse::public.job_purse, p_expected_price, v_count, v_total);
  v_class := case when v_purse = 'credits' then 'paid' when p_anonymous then 'anon' else 'free' end;

  -- The lane first: what its jobs need then takes its place in the queue from it, and is written once.
  perform private.enter_lane(p_owner, v_class, v_count);
  perform private.insert_jobs(p_owner, p_request_id, p_request_hash, v_purse, v_class, p_jobs);
  perform private.take_purse(p_owner, p_buckets, v_purse, p_jobs, v_total, p_expected_price);
  v_answer := private.press_answer(p_owner, p_anonymous, p_request_id, p_buckets);
  perform private.keep_promises(v_answer -> 'jobs', v_answer -> 'positions');
  -- Last, so that a worker that comes at once finds the jobs committed.
  perform private.wake_workers();
  return v_answer || '{"replayed": false}';
end
$function$;

CREATE OR REPLACE FUNCTION private.press_answer(p_owner uuid, p_anonymous boolean, p_request_id uuid, p_buckets jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_jobs jsonb;
  v_ids uuid[];
  v_specs jsonb;
  v_inputs uuid[];
begin
  select jsonb_agg(to_jsonb(j) order by j.ordinal), jsonb_agg(to_jsonb(s)), array_agg(j.id) into v_jobs, v_specs, v_ids
  from public.jobs j join public.job_specs s on s.job_id = j.id
  where j.owner = p_owner and j.request_id = p_request_id;
  v_inputs := array(select (i ->> 'asset_id')::uuid
                    from jsonb_array_elements(v_specs) s, jsonb_array_elements(s -> 'inputs') i
                    union
                    select (s -> 'mask' ->> 'asset_id')::uuid from jsonb_array_elements(v_specs) s
                    where jsonb_typeof(s -> 'mask') = 'object');
  return jsonb_build_object('jobs', v_jobs, 'specs', v_specs,
    -- Deleted ones too: past jobs keep showing what they were made from.
    'inputs', (select coalesce(jsonb_agg(to_jsonb(a)), '[]') from public.assets a
               where a.owner = p_owner and a.id = any (v_inputs)),
    'positions', public.queue_positions(v_ids),
    'quote', public.quote(p_owner, p_anonymous, p_buckets, null, 1, 0));
end
$function$;

CREATE OR REPLACE FUNCTION private.check_assets(p_owner uuid, p_jobs jsonb)
 RETURNS void
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_wrong record;
begin
  select w.id, w.path, a.kind into v_wrong
  from (
    select (i ->> 'asset_id')::uuid as id, 'inputs' as path, '{input,output,work}'::public.asset_kind[] as kinds
    from jsonb_array_elements(p_jobs) j, jsonb_array_elements(coalesce(j -> 'inputs', '[]')) i
    union
    select (j -> 'mask' ->> 'asset_id')::uuid, 'mask', '{mask}'
    from jsonb_array_elements(p_jobs) j where jsonb_typeof(j -> 'mask') = 'object'
  ) w
  left join public.assets a on a.id = w.id and a.owner = p_owner and a.deleted_at is null
  where a.id is null or a.kind <> all (w.kinds)
  order by a.kind nulls first limit 1;
  if found and v_wrong.kind is null then
    perform private.refuse('ASSET_NOT_FOUND', jsonb_build_object('asset', v_wrong.id));
  elsif found then
    perform private.refuse('INVALID_INPUT',
      jsonb_build_object('path', v_wrong.path, 'asset', v_wrong.id, 'kind', v_wrong.kind));
  end if;
  if jsonb_path_exists(p_jobs, '$[*].mask.asset_id') then
    perform private.check_mask_sizes(p_jobs);
  end if;
end
$function$;
