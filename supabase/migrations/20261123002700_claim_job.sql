-- One call gives a worker its next job, at a cost that does not grow with the queue: a class by weight, in it the
-- least recently served lane that this worker can serve, of that lane the oldest job.
-- Never waits for a job (skip locked); the one lock it waits for is the lane of the job it already holds.
-- The planner cannot know how fast queues change, and when its figures are old it reads an owner's whole history and
-- sorts it. Where the order of an index is the point, the other ways are switched off.

-- Classes with work, in an order drawn by weight: the first is the winner, the others stand in when it has nothing
-- for this worker. -ln(u)/weight orders exactly as repeated weighted draws would.
create function private.draw_classes(p_weights jsonb) returns setof public.lane_class
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
begin
  return query select c from unnest(enum_range(null::public.lane_class)) c
  where (p_weights ->> c::text)::real > 0
    -- Not `exists`: that becomes a join which reads every lane.
    and (select true from public.queue_lanes l where l.class = c and l.queued > 0 limit 1)
  order by -ln(1 - random()) / (p_weights ->> c::text)::real;
end
$$;

create type private.claim_wish as (
  class public.lane_class, running_cap int, templates text[], trust public.worker_trust, warm text[],
  patience interval);

-- The oldest job of one lane, locked, with its lane still under the running cap; null when somebody was faster.
create function private.lock_head(p_owner uuid, p_wish private.claim_wish) returns public.jobs
language plpgsql set search_path = '' set enable_bitmapscan = off set enable_sort = off as $$
declare
  v_job public.jobs;
begin
  select * into v_job from public.jobs j
  where j.owner = p_owner and j.lane = p_wish.class and j.status = 'queued'
    and j.min_trust <= p_wish.trust and j.mode || '/' || j.variant = any (p_wish.templates)
  order by j.id limit 1 for update skip locked;
  if not found then
    return null;
  end if;
  perform from public.queue_lanes l
  where l.owner = p_owner and l.class = p_wish.class and l.running < p_wish.running_cap for update;
  return case when found then v_job end;
end
$$;

-- Remembers since when lanes are passed over; a lane that is busy at this moment is marked by a later claim.
create function private.mark_passed(p_owners uuid[], p_class public.lane_class) returns void
language plpgsql set search_path = '' as $$
begin
  with passed as (
    select l.owner from public.queue_lanes l
    where l.class = p_class and l.owner = any (p_owners) and l.passed_at is null
    for update skip locked
  )
  update public.queue_lanes l set passed_at = clock_timestamp()
  from passed where l.owner = passed.owner and l.class = p_class;
end
$$;

-- Looks at the first 32 lanes it could serve. A lane goes ahead when its model is warm, or when it was passed over for
-- long enough, whichever comes first in their order; without either the first lane does.
create function private.take_from_class(p_wish private.claim_wish) returns public.jobs
language plpgsql set search_path = '' set enable_bitmapscan = off set enable_sort = off as $$
declare
  -- Fetched one by one: a loop over a query would look at ten lanes where the first will do.
  v_lanes cursor for
    select l.owner, l.passed_at, head.model_key
    from public.queue_lanes l
    cross join lateral (
      select j.model_key from public.jobs j
      where j.owner = l.owner and j.lane = p_wish.class and j.status = 'queued'
        and j.min_trust <= p_wish.trust and j.mode || '/' || j.variant = any (p_wish.templates)
      order by j.id limit 1
    ) head
    where l.class = p_wish.class and l.queued > 0 and l.running < p_wish.running_cap
    order by l.last_served_at limit 32;
  v_lane record;
  v_owner uuid;
  v_passed uuid[] := '{}';
  v_job public.jobs;
begin
  open v_lanes;
  loop
    fetch v_lanes into v_lane;
    exit when not found;
    if cardinality(p_wish.warm) = 0 or v_lane.model_key = any (p_wish.warm)
      or v_lane.passed_at <= clock_timestamp() - p_wish.patience
    then
      v_job := private.lock_head(v_lane.owner, p_wish);
      exit when v_job.id is not null;
    else
      v_passed := v_passed || v_lane.owner;
    end if;
  end loop;
  close v_lanes;
  if v_job.id is not null then
    if cardinality(v_passed) > 0 then
      perform private.mark_passed(v_passed, p_wish.class);
    end if;
    return v_job;
  end if;
  foreach v_owner in array v_passed loop
    v_job := private.lock_head(v_owner, p_wish);
    exit when v_job.id is not null;
  end loop;
  return v_job;
end
$$;

-- Exact while fewer than 32 claims are in flight at once: only near the cap are claims put in a line.
create function private.has_room(p_settings public.settings) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_running int;
begin
  if p_settings.max_concurrent is null then
    return true;
  end if;
  select count(*) into v_running from (
    select from public.jobs j where j.status = 'running' limit p_settings.max_concurrent) r;
  if v_running + 32 >= p_settings.max_concurrent then
    perform pg_advisory_xact_lock(20261123, 1);
    select count(*) into v_running from (
      select from public.jobs j where j.status = 'running' limit p_settings.max_concurrent) r;
  end if;
  return v_running < p_settings.max_concurrent;
end
$$;

create function private.start_attempt(p_job public.jobs, p_worker uuid, p_stand_in boolean) returns public.jobs
language plpgsql set search_path = '' as $$
declare
  v_now timestamptz := clock_timestamp();
  v_job public.jobs;
begin
  if p_job.epoch > 0 then
    perform private.close_attempt(p_job, 'lost', 'WORKER_LOST', null, coalesce(p_job.lease_until, v_now));
  end if;
  update public.jobs j
  set status = 'running', stage = 'starting', stage_at = v_now, shown_at = v_now, reported_at = v_now,
    started_at = coalesce(j.started_at, v_now), lease_until = v_now + k.lease_s * interval '1 s',
    epoch = j.epoch + 1, version = j.version + 1, attempts = j.attempts + 1,
    step = 0, progress = 0, worker_id = p_worker, stand_in = p_stand_in
  from public.job_kinds k where k.kind = j.kind and j.id = p_job.id returning j.* into v_job;
  insert into public.job_attempts (job_id, epoch, worker_id, template, claimed_at)
  values (v_job.id, v_job.epoch, p_worker, v_job.mode || '/' || v_job.variant, v_now);
  update public.queue_lanes l
  set queued = l.queued - 1, running = l.running + 1, last_served_at = v_now, passed_at = null
  where l.owner = v_job.owner and l.class = v_job.lane;
  return v_job;
end
$$;

create function private.asset_facts(p_asset public.assets) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return jsonb_build_object('asset_id', p_asset.id, 'storage_key', p_asset.storage_key, 'mime', p_asset.mime,
    'width', p_asset.width, 'height', p_asset.height, 'bytes', p_asset.bytes, 'sha256', p_asset.sha256);
end
$$;

-- What the box needs and nothing about whose it is.
create function private.claimed_view(p_job public.jobs) returns jsonb
language plpgsql stable set search_path = '' as $$
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
    'spec', jsonb_build_object('prompt', v_spec.prompt, 'negative', v_spec.negative, 'creativity', v_spec.creativity,
      'chaos', v_spec.chaos, 'seed', v_spec.seed, 'params', v_spec.params, 'workflow_hash', v_spec.workflow_hash));
end
$$;

create function private.find_job(p_worker uuid, p_facts private.worker_facts, p_warm text[]) returns public.jobs
language plpgsql set search_path = '' as $$
declare
  v_settings public.settings;
  v_class public.lane_class;
  v_job public.jobs;
begin
  select * into v_settings from public.settings;
  if v_settings.dispatch_paused or p_facts.draining or p_facts.trust < v_settings.min_trust
    or (p_facts.trust = 'provider' and not v_settings.provider_fallback)
    or private.is_cap_spent(v_settings)
    or (select count(*) from (
        select from public.jobs j where j.status = 'running' and j.worker_id = p_worker limit v_settings.worker_cap) h)
      >= v_settings.worker_cap
    or not private.has_room(v_settings)
  then
    return null;
  end if;
  for v_class in select * from private.draw_classes(v_settings.class_weights) loop
    v_job := private.take_from_class((v_class, (v_settings.running_caps ->> v_class::text)::int, p_facts.templates,
      p_facts.trust, coalesce(p_warm, '{}'), v_settings.warm_patience_s * interval '1 s')::private.claim_wish);
    exit when v_job.id is not null;
  end loop;
  return v_job;
end
$$;

create function public.claim_job(p_worker uuid, p_warm text[]) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_facts private.worker_facts := private.require_worker(p_worker);
  v_job public.jobs;
begin
  v_job := private.find_job(p_worker, v_facts, p_warm);
  if v_job.id is not null then
    v_job := private.start_attempt(v_job, p_worker, v_facts.stand_in);
  end if;
  update public.workers w set warm = p_warm where w.id = p_worker and w.warm is distinct from p_warm and p_warm is not null;
  perform private.touch_worker(p_worker);
  return case when v_job.id is not null then private.claimed_view(v_job) end;
end
$$;

grant execute on function public.claim_job to service_role;
