-- A box that renders may ask for the job after it, so that its GPU never waits for a claim and its inputs. It gets one
-- only while no idle box could start that job now, and never holds more than one.
--
-- A job held ahead is `running` in the stage `starting`, with `ahead` set until its first report past that stage: lease,
-- fence, sweep and release work on it as on any other, and it counts in every cap, so that none of them can be passed by
-- holding jobs. But nothing was done for it yet. So it is given up as cheaply as a queued one: a cancel returns all of
-- it, a free use too, and is not counted among the running cancels; a lost, stuck or failed box burns no attempt of it.
alter table public.jobs add column ahead boolean not null default false;
comment on column public.jobs.ahead is 'Claimed by a box that still renders another; cleared by the first report past `starting`.';

-- Live boxes with nothing before their GPU, other than `p_worker`. Seen within 15 s: an idle box asks every two.
create function private.idle_workers(p_worker uuid) returns table (id uuid, templates jsonb, trust public.worker_trust)
language plpgsql stable set search_path = '' as $$
begin
  return query
  select v.id, v.templates, v.trust
  from private.live_workers() v join public.workers w on w.id = v.id
  where v.id <> p_worker and v.trust <> 'provider' and w.last_seen > clock_timestamp() - interval '15 s'
    and not exists (
      select from public.jobs j where j.worker_id = v.id and j.status = 'running' and j.stage <> 'saving');
end
$$;

create function private.holds_ahead(p_worker uuid) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select from public.jobs j where j.worker_id = p_worker and j.status = 'running' and j.ahead);
end
$$;

drop function public.claim_job(uuid, text[]);
drop function private.find_job(uuid, private.worker_facts, text[]);

create function private.find_job(p_worker uuid, p_facts private.worker_facts, p_warm text[], p_ahead boolean)
returns public.jobs
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
    or (p_ahead and private.holds_ahead(p_worker))
    or not private.has_room(v_settings)
  then
    return null;
  end if;
  if private.is_free_stopped(v_settings) then
    v_settings.class_weights := v_settings.class_weights || '{"free": 0, "anon": 0}';
  end if;
  if p_ahead then
    p_facts.templates := array(
      select t from unnest(p_facts.templates) t
      where not exists (select from private.idle_workers(p_worker) i where i.templates ? t));
  end if;
  for v_class in select * from private.draw_classes(v_settings.class_weights) loop
    v_job := private.take_from_class((v_class, (v_settings.running_caps ->> v_class::text)::int, p_facts.templates,
      p_facts.trust, coalesce(p_warm, '{}'), v_settings.warm_patience_s * interval '1 s')::private.claim_wish);
    exit when v_job.id is not null;
  end loop;
  return v_job;
end
$$;

create function public.claim_job(p_worker uuid, p_warm text[], p_ahead boolean default false) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_facts private.worker_facts := private.require_worker(p_worker);
  v_job public.jobs;
begin
  v_job := private.find_job(p_worker, v_facts, p_warm, p_ahead);
  if v_job.id is not null then
    v_job := private.start_attempt(v_job, p_worker, v_facts.stand_in);
    update public.jobs j set ahead = p_ahead where j.id = v_job.id and j.ahead <> p_ahead;
  end if;
  update public.workers w set warm = p_warm where w.id = p_worker and w.warm is distinct from p_warm and p_warm is not null;
  perform private.touch_worker(p_worker);
  return case when v_job.id is not null then private.claimed_view(v_job) end;
end
$$;
grant execute on function public.claim_job to service_role;

-- Those of the templates of which a job will find a box sometime: one is up, one can be asked for, or one was there
-- within a week. While no box is up at all nothing speaks against any of them.
create function public.may_come(p_templates text[]) returns text[]
language plpgsql stable security definer set search_path = '' as $$
begin
  if not exists (select from private.live_workers()) then
    return p_templates;
  end if;
  return array(
    select t from unnest(p_templates) t
    where private.may_start(t, 'provider') or exists (
      select from public.workers w join public.worker_keys k on k.id = w.key_id
      where w.last_seen > now() - interval '7 days' and w.capabilities -> 'templates' ? t
        and w.revoked_at is null and k.revoked_at is null));
end
$$;
grant execute on function public.may_come to service_role;

create or replace function private.queue_view(p_template text, p_min_trust public.worker_trust, p_ahead int)
returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_online int := (select count(*) from private.live_workers() v
    where v.templates ? p_template and v.trust >= p_min_trust);
begin
  return jsonb_build_object('ahead', p_ahead, 'workers_online', v_online,
    'eta_ms', case when v_online > 0 then round(private.typical_ms(p_template) * (1 + p_ahead::numeric / v_online)) end,
    'p90_ms', null, 'starting_ms', null, 'warm', null, 'fallback', false);
end
$$;

create or replace function private.waits_for(p_job public.jobs) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_settings public.settings;
begin
  select * into v_settings from public.settings;
  return case
    when p_job.status <> 'queued' then null
    when v_settings.dispatch_paused then 'operator'
    when private.is_cap_spent(v_settings) or (p_job.lane <> 'paid' and private.is_free_stopped(v_settings))
      then 'midnight'
    when not exists (
      select from private.live_workers() w
      where w.templates ? (p_job.mode || '/' || p_job.variant) and w.trust >= p_job.min_trust) then 'no_worker'
  end;
end
$$;
