-- A provider's question is as cheap as a box's: lanes are read from their index, classes are drawn as for boxes, and a
-- wait is predicted only for the few jobs that will wait longest.

-- Of one class: the oldest job of each of the lanes whose turn it is (pass 0), and the newest of those served last (1).
create function private.fallback_candidates(p_class public.lane_class, p_templates text[], p_offers jsonb)
returns table (pass int, job public.jobs)
language plpgsql stable set search_path = '' as $$
begin
  return query
  select 0, head.job from (
    select l.owner from public.queue_lanes l
    where l.class = p_class and l.queued > 0
      and not exists (select from public.profiles p where p.id = l.owner and p.refuse_provider)
    order by l.last_served_at limit 16) o
  cross join lateral (
    select j as job from public.jobs j
    where j.owner = o.owner and j.lane = p_class and j.status = 'queued'
      and j.mode || '/' || j.variant = any (p_templates) and private.may_leave(j, p_offers)
    order by j.id limit 1) head;
  return query
  select 1, tail.job from (
    select l.owner from public.queue_lanes l
    where l.class = p_class and l.queued > 0
      and not exists (select from public.profiles p where p.id = l.owner and p.refuse_provider)
    order by l.last_served_at desc limit 3) o
  cross join lateral (
    select j as job from public.jobs j
    where j.owner = o.owner and j.lane = p_class and j.status = 'queued'
      and j.mode || '/' || j.variant = any (p_templates) and private.may_leave(j, p_offers)
    order by j.id desc limit 1) tail;
end
$$;

drop function private.fallback_reason(public.jobs, public.settings);

-- Why a provider may render this queued job now; null when it may not. Every press rings for boxes, so the silence of
-- boxes counts from then, or from the last word of one that could have run it. `p_predict`: ask for its wait too.
create function private.fallback_reason(p_job public.jobs, p_settings public.settings, p_predict boolean) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_template text := p_job.mode || '/' || p_job.variant;
  v_up int;
  v_heard timestamptz;
begin
  if p_settings.fallback_always then
    return 'asked';
  end if;
  select count(*) filter (where w.last_seen > now() - interval '45 s'), max(w.last_seen) into v_up, v_heard
  from public.workers w join public.worker_keys k on k.id = w.key_id
  where w.last_seen > now() - interval '1 day' and not w.draining and w.revoked_at is null and k.revoked_at is null
    and k.trust <> 'provider' and k.trust >= greatest(p_job.min_trust, p_settings.min_trust)
    and w.capabilities -> 'templates' ? v_template;
  if v_up = 0 then
    return case when greatest(p_job.created_at, v_heard) <= clock_timestamp() - private.silence(p_settings, v_template)
      then 'silent' end;
  end if;
  return case when p_predict and p_settings.fallback_wait_s is not null
    and (private.position(p_job) ->> 'eta_ms')::numeric > p_settings.fallback_wait_s * 1000 then 'wait' end;
end
$$;

create or replace function private.find_fallback_job(p_worker uuid, p_facts private.worker_facts, p_settings public.settings)
returns public.jobs
language plpgsql set search_path = '' as $$
declare
  v_provider jsonb;
  v_circuit text;
  v_at record;
  v_classes public.lane_class[];
  v_pick record;
  v_reason text;
  v_job public.jobs;
begin
  if p_facts.trust <> 'provider' or not p_settings.provider_fallback or p_settings.min_trust > 'community'
    or private.saves(p_settings, 'fallback_off')
  then
    return null;
  end if;
  v_provider := private.provider_of(p_worker);
  v_circuit := private.circuit(p_settings, v_provider ->> 'name');
  -- One at a time: money and probes are decided by counting what runs. Who comes second asks again.
  if v_provider is null or v_circuit = 'open' or not pg_try_advisory_xact_lock(20261123, 25) then
    return null;
  end if;
  select * into v_at from private.at_providers();
  if v_circuit = 'probing' and v_at.running > 0 then
    return null;
  end if;
  v_classes := array(select * from private.draw_classes(p_settings.class_weights));
  if private.is_free_stopped(p_settings) then
    v_classes := array['paid'];
  end if;
  for v_pick in
    select f.pass, f.job, (p_settings.running_caps ->> o.class::text)::int as cap
    from unnest(v_classes) with ordinality o (class, turn),
      private.fallback_candidates(o.class, p_facts.templates, v_provider -> 'offers') with ordinality f (pass, job, nth)
    order by f.pass, o.turn, f.nth
  loop
    v_job := v_pick.job;
    continue when not private.covers(p_settings, v_at.usd_micros
      + (v_provider -> 'offers' -> (v_job.mode || '/' || v_job.variant) ->> 'usdMicros')::bigint);
    v_reason := private.fallback_reason(v_job, p_settings, v_pick.pass = 1);
    continue when v_reason is null;
    v_job := private.lock_fallback(v_job.id, v_pick.cap, v_provider ->> 'name', v_reason);
    if v_job.id is not null then
      return v_job;
    end if;
  end loop;
  return null;
end
$$;
