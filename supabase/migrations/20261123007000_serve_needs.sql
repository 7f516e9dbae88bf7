-- What a lane needs a box to be: how many of its queued jobs want which template at which trust. A claim starts from
-- what its box can serve and reads only lanes that have such a job, in their order. So jobs that this box cannot run
-- cost it nothing, however many stand before those it can, in their own lane or in others.
-- Kept by triggers on jobs and lanes, so that no function that moves a job can forget it. Every one of them holds the
-- lane's lock when a job enters or leaves the queue, and these rows are locked under it.
create table private.lane_needs (
  owner uuid not null,
  class public.lane_class not null,
  template text not null,
  min_trust public.worker_trust not null,
  model_key text not null,
  queued int not null check (queued >= 0),
  last_served_at timestamptz not null,
  primary key (owner, class, template, min_trust)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 100);
comment on column private.lane_needs.model_key is 'Of the last such job: a hint for the order, as warm models are.';
comment on column private.lane_needs.last_served_at is 'The lane''s, here for the order of the index.';
create index lane_needs_next on private.lane_needs (class, template, min_trust, last_served_at) where queued > 0;
alter table private.lane_needs enable row level security;

insert into private.lane_needs (owner, class, template, min_trust, model_key, queued, last_served_at)
select j.owner, j.lane, j.mode || '/' || j.variant, j.min_trust, min(j.model_key), count(*), min(l.last_served_at)
from public.jobs j join public.queue_lanes l on l.owner = j.owner and l.class = j.lane
where j.status = 'queued' group by 1, 2, 3, 4;

-- The oldest job of one need of a lane is the first entry here.
create index jobs_waiting on public.jobs (owner, lane, (mode || '/' || variant), min_trust, id) where status = 'queued';

create function private.add_needs() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  -- The lane first, as everywhere; a lane that is not there yet is nobody's to wait for.
  perform from public.queue_lanes l
  where (l.owner, l.class) in (select a.owner, a.lane from added a) order by l.owner, l.class for update;
  insert into private.lane_needs as n (owner, class, template, min_trust, model_key, queued, last_served_at)
  select a.owner, a.lane, a.mode || '/' || a.variant, a.min_trust, min(a.model_key), count(*), coalesce(
    min((select l.last_served_at from public.queue_lanes l where l.owner = a.owner and l.class = a.lane)),
    clock_timestamp())
  from added a where a.status = 'queued' group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (owner, class, template, min_trust) do update
  set queued = n.queued + excluded.queued, last_served_at = excluded.last_served_at, model_key = excluded.model_key;
  return null;
end
$$;
create trigger add_needs after insert on public.jobs
referencing new table as added for each statement execute function private.add_needs();

create function private.move_need() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.status <> 'queued' then
    update private.lane_needs n set queued = n.queued - 1
    where n.owner = new.owner and n.class = new.lane and n.template = new.mode || '/' || new.variant
      and n.min_trust = new.min_trust;
    if not found then
      raise exception 'need of job % is missing', new.id;
    end if;
    return null;
  end if;
  insert into private.lane_needs as n (owner, class, template, min_trust, model_key, queued, last_served_at)
  select new.owner, new.lane, new.mode || '/' || new.variant, new.min_trust, new.model_key, 1, l.last_served_at
  from public.queue_lanes l where l.owner = new.owner and l.class = new.lane
  on conflict (owner, class, template, min_trust) do update
  set queued = n.queued + 1, last_served_at = excluded.last_served_at, model_key = excluded.model_key;
  return null;
end
$$;
create trigger move_need after update of status on public.jobs
for each row when ((old.status = 'queued') <> (new.status = 'queued')) execute function private.move_need();

create function private.order_needs() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'DELETE' then
    delete from private.lane_needs n where n.owner = old.owner and n.class = old.class;
    return null;
  end if;
  update private.lane_needs n set last_served_at = new.last_served_at
  where n.owner = new.owner and n.class = new.class and n.queued > 0 and n.last_served_at <> new.last_served_at;
  return null;
end
$$;
create trigger order_needs after insert or delete on public.queue_lanes
for each row execute function private.order_needs();
create trigger reorder_needs after update of last_served_at on public.queue_lanes
for each row when (new.last_served_at <> old.last_served_at) execute function private.order_needs();

drop function private.take_from_class(private.claim_wish), private.lock_head(uuid, private.claim_wish);
drop type private.claim_wish;
-- `templates` and `trusts` are pairs: each is one need that the box serves.
create type private.claim_wish as (
  class public.lane_class, running_cap int, templates text[], trusts public.worker_trust[], warm text[],
  patience interval);

-- Every need that a box serves. For a job ahead only those which no idle box serves: it would start them now.
create function private.needs_served(p_worker uuid, p_facts private.worker_facts, p_ahead boolean,
  out templates text[], out trusts public.worker_trust[])
language plpgsql stable set search_path = '' as $$
begin
  with idle as materialized (select i.templates, i.trust from private.idle_workers(p_worker) i where p_ahead)
  select array_agg(t), array_agg(m) into templates, trusts
  from unnest(p_facts.templates) t, unnest(enum_range(null::public.worker_trust)) m
  where m <= p_facts.trust and not exists (select from idle i where i.templates ? t and i.trust >= m);
end
$$;

-- The needs of one lane that the box serves, that of its oldest job first.
create function private.lane_heads(p_owner uuid, p_wish private.claim_wish)
returns table (template text, min_trust public.worker_trust, model_key text)
language plpgsql stable set search_path = '' set enable_bitmapscan = off set enable_seqscan = off as $$
begin
  return query
  select n.template, n.min_trust, n.model_key
  from private.lane_needs n
  where n.owner = p_owner and n.class = p_wish.class and n.queued > 0
    and exists (
      select from unnest(p_wish.templates, p_wish.trusts) w (t, m) where w.t = n.template and w.m = n.min_trust)
  order by (
    select j.id from public.jobs j
    where j.owner = p_owner and j.lane = p_wish.class and j.status = 'queued'
      and j.mode || '/' || j.variant = n.template and j.min_trust = n.min_trust
    order by j.id limit 1);
end
$$;

-- The oldest job of one lane that the box serves, locked, with its lane still under the running cap; null when somebody
-- was faster.
create function private.lock_head(p_owner uuid, p_wish private.claim_wish) returns public.jobs
language plpgsql set search_path = '' set enable_bitmapscan = off set enable_sort = off as $$
declare
  v_need record;
  v_job public.jobs;
begin
  for v_need in select h.template, h.min_trust from private.lane_heads(p_owner, p_wish) h loop
    select * into v_job from public.jobs j
    where j.owner = p_owner and j.lane = p_wish.class and j.status = 'queued'
      and j.mode || '/' || j.variant = v_need.template and j.min_trust = v_need.min_trust
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

-- Looks at the first 32 lanes with a job for this box. A lane goes ahead when the model of its oldest such job is warm,
-- or when it was passed over for long enough, whichever comes first in their order; without either the first lane does.
-- Lanes at their running cap are stepped over: there are never more of them than jobs running.
create function private.take_from_class(p_wish private.claim_wish) returns public.jobs
language plpgsql set search_path = '' set enable_bitmapscan = off set enable_sort = off as $$
declare
  v_lanes cursor for
    select f.owner, f.passed_at
    from unnest(p_wish.templates, p_wish.trusts) w (template, min_trust)
    cross join lateral (
      select n.owner, n.last_served_at, l.passed_at
      from private.lane_needs n join public.queue_lanes l on l.owner = n.owner and l.class = n.class
      where n.class = p_wish.class and n.template = w.template and n.min_trust = w.min_trust and n.queued > 0
        and l.running < p_wish.running_cap
      order by n.last_served_at limit 32
    ) f
    order by f.last_served_at limit 32;
  v_lane record;
  v_owner uuid;
  v_passed uuid[] := '{}';
  v_job public.jobs;
begin
  open v_lanes;
  loop
    fetch v_lanes into v_lane;
    exit when not found;
    if cardinality(p_wish.warm) = 0 or v_lane.passed_at <= clock_timestamp() - p_wish.patience
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

create or replace function private.find_job(p_worker uuid, p_facts private.worker_facts, p_warm text[],
  p_ahead boolean) returns public.jobs
language plpgsql set search_path = '' as $$
declare
  v_settings public.settings;
  v_needs record;
  v_class public.lane_class;
  v_job public.jobs;
begin
  select * into v_settings from public.settings;
  if v_settings.dispatch_paused or p_facts.draining
    or (p_facts.trust <> 'provider' and p_facts.trust < v_settings.min_trust)
    or private.is_cap_spent(v_settings)
    or (select count(*) from (
        select from public.jobs j where j.status = 'running' and j.worker_id = p_worker limit v_settings.worker_cap) h)
      >= v_settings.worker_cap
    or (p_ahead and private.holds_ahead(p_worker))
    or not private.has_room(v_settings)
  then
    return null;
  end if;
  if p_facts.trust = 'provider' then
    return case when not p_ahead then private.find_fallback_job(p_worker, p_facts, v_settings) end;
  end if;
  if private.is_free_stopped(v_settings) then
    v_settings.class_weights := v_settings.class_weights || '{"free": 0, "anon": 0}';
  end if;
  select * into v_needs from private.needs_served(p_worker, p_facts, p_ahead);
  for v_class in select * from private.draw_classes(v_settings.class_weights) loop
    v_job := private.take_from_class((v_class, (v_settings.running_caps ->> v_class::text)::int, v_needs.templates,
      v_needs.trusts, coalesce(p_warm, '{}'), v_settings.warm_patience_s * interval '1 s')::private.claim_wish);
    exit when v_job.id is not null;
  end loop;
  return v_job;
end
$$;

-- What is held ahead costs nothing to give up (see `jobs.ahead`).
create or replace function private.requeue_job(p_job public.jobs, p_keep_worker boolean, p_burn boolean) returns void
language plpgsql set search_path = '' as $$
begin
  perform private.move_lane(p_job, 1, -1);
  update public.jobs
  set status = 'queued', stage = 'waiting', stage_at = clock_timestamp(), shown_at = clock_timestamp(),
    step = 0, progress = 0, version = version + 1,
    attempts = attempts - case when p_burn then 0 else 1 end,
    ahead = ahead and p_keep_worker,
    worker_id = case when p_keep_worker then worker_id end,
    lease_until = case when p_keep_worker then lease_until end
  where id = p_job.id;
  perform private.wake_workers();
end
$$;

-- A job held ahead went back without burning an attempt: going on with it takes that attempt again.
create or replace function private.resume_attempt(p_job public.jobs) returns public.jobs
language plpgsql set search_path = '' as $$
declare
  v_job public.jobs;
begin
  perform private.move_lane(p_job, -1, 1);
  update public.jobs
  set status = 'running', stage = 'starting', stage_at = clock_timestamp(), shown_at = clock_timestamp(),
    version = version + 1, attempts = attempts + ahead::int
  where id = p_job.id returning * into v_job;
  return v_job;
end
$$;

create or replace function private.end_overdue(p_job public.jobs) returns text
language plpgsql set search_path = '' as $$
begin
  if p_job.ahead then
    -- Silence may still be broken; a box that only sits on it is told to let go.
    if p_job.lease_until < clock_timestamp() then
      perform private.requeue_job(p_job, true, false);
    else
      perform private.close_attempt(p_job, 'drained', 'STAGE_TIMEOUT', 'held ahead too long');
      perform private.send_cancel(p_job.id, p_job.epoch);
      perform private.requeue_job(p_job, false, false);
    end if;
    return 'queued';
  end if;
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

create or replace function private.cancel_effect(p_job public.jobs) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case
    when p_job.status = 'queued' or p_job.ahead then 'returns'
    when p_job.steps > 0 and p_job.step >= p_job.steps * 0.8 then 'too-late'
    when p_job.purse = 'credits' and private.running_cancels(p_job.owner) < 5 then 'returns'
    else 'keeps'
  end;
end
$$;

create or replace function public.cancel_job(p_owner uuid, p_job uuid) returns jsonb
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
  elsif v_job.ahead then
    -- Nothing was done for it. `drained`, so that it does not count among the running cancels.
    v_returned := private.finish_job(v_job, 'canceled', 'release');
    perform private.close_attempt(v_job, 'drained');
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
