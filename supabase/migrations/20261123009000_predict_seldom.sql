-- A prediction reads the queue, which may be deep: when it brought nothing, none is made again for five seconds.
create table private.fallback_look (
  id boolean primary key default true check (id),
  looked_at timestamptz not null default '-infinity'
);
alter table private.fallback_look enable row level security;
insert into private.fallback_look default values;

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
  v_predict boolean;
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
  select p_settings.fallback_wait_s is not null and l.looked_at < clock_timestamp() - interval '5 s' into v_predict
  from private.fallback_look l;
  for v_pick in
    select f.pass, f.job, (p_settings.running_caps ->> o.class::text)::int as cap
    from unnest(v_classes) with ordinality o (class, turn),
      private.fallback_candidates(o.class, p_facts.templates, v_provider -> 'offers') with ordinality f (pass, job, nth)
    where f.pass = 0 or v_predict
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
  if v_predict then
    update private.fallback_look set looked_at = clock_timestamp();
  end if;
  return null;
end
$$;
