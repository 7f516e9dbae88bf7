-- A lane is next once the jobs that went before it, because their model was warm, have kept it waiting for the patience.
-- Counted in their work, not since the first of them: by the clock every lane of a long queue is overdue at once, and
-- then models are changed for each job although nobody was kept waiting for that.
alter table public.queue_lanes add column passed_ms int not null default 0;
comment on column public.queue_lanes.passed_ms is
  'Work of the jobs that went before this lane because their model was warm; 0 again when it is served.';

drop function private.mark_passed(uuid[], public.lane_class);
create function private.mark_passed(p_owners uuid[], p_class public.lane_class, p_ms int) returns void
language plpgsql set search_path = '' as $$
begin
  with passed as (
    select l.owner from public.queue_lanes l
    where l.class = p_class and l.owner = any (p_owners) for update skip locked
  )
  update public.queue_lanes l set passed_ms = l.passed_ms + p_ms
  from passed where l.owner = passed.owner and l.class = p_class;
end
$$;

-- How long a job of a warm model usually holds the GPU; ten seconds while none was measured.
create function private.warm_hold_ms(p_models text[]) returns int
language plpgsql stable set search_path = '' as $$
begin
  return coalesce((
    select max(t.hold50) from private.eta_times t
    where t.model_key = any (p_models) and t.steps is null and t.size is null and t.gpu is null), 10000);
end
$$;

-- Looks at the first 32 lanes with a job for this box. A lane goes ahead when the model of its oldest such job is warm,
-- or when it could not be passed over once more within the patience, whichever comes first in their order; without
-- either the first lane does. Lanes at their running cap are stepped over: there are never more of them than jobs running.
create or replace function private.take_from_class(p_wish private.claim_wish) returns public.jobs
language plpgsql set search_path = '' set enable_bitmapscan = off set enable_sort = off as $$
declare
  v_lanes cursor for
    select f.owner, f.passed_ms
    from unnest(p_wish.templates, p_wish.trusts) w (template, min_trust)
    cross join lateral (
      select n.owner, n.last_served_at, l.passed_ms
      from private.lane_needs n join public.queue_lanes l on l.owner = n.owner and l.class = n.class
      where n.class = p_wish.class and n.template = w.template and n.min_trust = w.min_trust and n.queued > 0
        and l.running < p_wish.running_cap
      order by n.last_served_at limit 32
    ) f
    order by f.last_served_at limit 32;
  v_patience int := extract(epoch from p_wish.patience) * 1000;
  v_hold int := case when cardinality(p_wish.warm) > 0 then private.warm_hold_ms(p_wish.warm) end;
  v_lane record;
  v_owner uuid;
  v_passed uuid[] := '{}';
  v_job public.jobs;
begin
  open v_lanes;
  loop
    fetch v_lanes into v_lane;
    exit when not found;
    if v_hold is null or v_lane.passed_ms + v_hold > v_patience
      or (select h.model_key from private.lane_heads(v_lane.owner, p_wish) h limit 1) = any (p_wish.warm)
    then
      v_job := private.lock_head(v_lane.owner, p_wish);
      exit when v_job.id is not null;
    elsif v_lane.owner <> all (v_passed) then
      v_passed := v_passed || v_lane.owner;
    end if;
  end loop;
  close v_lanes;
  if v_job.id is not null then
    if cardinality(v_passed) > 0 then
      perform private.mark_passed(v_passed, p_wish.class, v_hold);
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

CREATE OR REPLACE FUNCTION private.move_lane(p_job public.jobs, p_queued integer, p_running integer)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  update public.queue_lanes l
  set queued = l.queued + p_queued, running = l.running + p_running,
    passed_ms = case when l.queued + p_queued > 0 then l.passed_ms else 0 end
  where l.owner = p_job.owner and l.class = p_job.lane;
  if not found then
    raise exception 'lane of job % is missing', p_job.id;
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION private.start_attempt(p_job public.jobs, p_worker uuid, p_stand_in boolean, p_warm text[], p_ahead boolean)
 RETURNS public.jobs
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_now timestamptz := clock_timestamp();
  v_job public.jobs;
  v_warm boolean := p_job.model_key = any (p_warm);
  v_gpu text := (select w.gpu from public.workers w where w.id = p_worker);
  v_pixels int := private.spec_pixels(p_job.id);
  v_times private.eta_times;
  v_start record;
begin
  if p_job.epoch > 0 then
    perform private.close_attempt(p_job, 'lost', 'WORKER_LOST', null, coalesce(p_job.lease_until, v_now));
  end if;
  update public.jobs j
  set status = 'running', stage = 'starting', stage_at = v_now, shown_at = v_now, reported_at = v_now,
    started_at = coalesce(j.started_at, v_now), lease_until = v_now + k.lease_s * interval '1 s',
    epoch = j.epoch + 1, version = j.version + 1, attempts = j.attempts + 1,
    step = 0, progress = 0, worker_id = p_worker, stand_in = p_stand_in, ahead = p_ahead
  from public.job_kinds k where k.kind = j.kind and j.id = p_job.id returning j.* into v_job;
  v_times := private.times_for(v_job.mode || '/' || v_job.variant, v_job.model_key, v_job.steps, v_pixels, v_gpu);
  select * into v_start from private.start_ms(v_times, coalesce(v_warm, false));
  insert into public.job_attempts (job_id, epoch, worker_id, template, claimed_at, ahead, warm, model_key, steps, pixels,
    gpu, promised_p50_ms, promised_p90_ms)
  values (v_job.id, v_job.epoch, p_worker, v_job.mode || '/' || v_job.variant, v_now, p_ahead, coalesce(v_warm, false),
    v_job.model_key, v_job.steps, v_pixels, v_gpu, v_start.p50 + v_times.run50,
    v_start.p50 + v_times.run50
      + sqrt((v_times.run90 - v_times.run50)::real ^ 2 + (v_start.p90 - v_start.p50)::real ^ 2));
  update public.queue_lanes l
  set queued = l.queued - 1, running = l.running + 1, last_served_at = v_now, passed_ms = 0
  where l.owner = v_job.owner and l.class = v_job.lane;
  return v_job;
end
$function$;

alter table public.queue_lanes drop column passed_at;
