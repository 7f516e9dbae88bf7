-- A box is paid for what it can do. What the newest box of a pool said in the last hour that it cannot run is not asked
-- of that pool, and none is kept for it.
create function private.pool_lacks(p_pool text) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return coalesce((
    select array(
      select t from unnest(b.templates) t
      where exists (
        select from public.workers w
        where w.box_id = b.id and w.capabilities -> 'unavailable' ? t and not w.capabilities -> 'templates' ? t))
    from public.boxes b
    where b.pool = p_pool and b.up_at > clock_timestamp() - interval '1 hour' order by b.up_at desc limit 1), '{}');
end
$$;

CREATE OR REPLACE FUNCTION public.take_capacity(p_holder uuid, p_pools jsonb, p_lease_s integer)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_settings public.settings;
  v_now timestamptz := clock_timestamp();
begin
  update private.capacity_lease l
  set holder = p_holder, until = v_now + p_lease_s * interval '1 s',
    watching_since = case when l.until < v_now - interval '60 s' then v_now else l.watching_since end
  where l.holder = p_holder or l.until < v_now;
  if not found then
    return null;
  end if;
  insert into public.capacity_pools as c (name, provider, templates, trust, usd_per_hour)
  select p ->> 'name', p ->> 'provider', array(select jsonb_array_elements_text(p -> 'templates')),
    (p ->> 'trust')::public.worker_trust, (p ->> 'usd_per_hour')::numeric
  from jsonb_array_elements(p_pools) p
  on conflict (name) do update set provider = excluded.provider, templates = excluded.templates,
    trust = excluded.trust, usd_per_hour = excluded.usd_per_hour, seen_at = now();
  perform private.book_boxes();
  select * into v_settings from public.settings;
  return jsonb_build_object(
    'now', private.ms(v_now),
    'settings', to_jsonb(v_settings),
    'halted', private.is_cap_spent(v_settings),
    'left_usd', (select v_settings.daily_cap_usd - coalesce(sum(s.usd_micros), 0) / 1000000.0
      from public.spend_days s where s.day = private.utc_day()),
    'demand', private.capacity_demand(v_settings),
    'others', (select coalesce(jsonb_agg(jsonb_build_object(
        'templates', coalesce(w.capabilities -> 'templates', '[]'), 'trust', k.trust)), '[]')
      from public.workers w join public.worker_keys k on k.id = w.key_id
      where w.box_id is null and w.last_seen > v_now - interval '45 s' and not w.draining and w.quarantined_at is null
        and w.revoked_at is null and k.revoked_at is null and k.trust <> 'provider'),
    'pools', (select coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'cool_until', case
        when c.cool_until = '-infinity' then 0 else private.ms(c.cool_until) end,
        'p50_ms', private.cold_start_ms(c.name, 0.5), 'p99_ms', private.cold_start_ms(c.name, 0.99),
        'lacks', private.pool_lacks(c.name))), '[]')
      from public.capacity_pools c),
    'boxes', (select coalesce(jsonb_agg(private.box_view(b) order by b.asked_at), '[]')
      from public.boxes b where b.state <> 'gone'),
    'watching_since', (select private.ms(l.watching_since) from private.capacity_lease l),
    'last_asked_at', (select private.ms(max(b.asked_at)) from public.boxes b
      where b.reason is null or b.reason not in ('no_room', 'busy', 'refused')),
    'last_drained_at', (select private.ms(max(b.draining_at)) from public.boxes b));
end
$function$;

-- One in quarantine is given nothing: it is replaced like one that is unfit.
CREATE OR REPLACE FUNCTION private.box_view(p_box public.boxes)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_seen timestamptz;
  v_unfit boolean;
  v_running int;
  v_busy timestamptz;
begin
  select max(w.last_seen), coalesce(bool_or(w.unfit_reason is not null or w.quarantined_at is not null), false),
    coalesce(sum((select count(*) from public.jobs j where j.status = 'running' and j.worker_id = w.id)), 0),
    max((select a.ended_at from public.job_attempts a where a.worker_id = w.id order by a.claimed_at desc limit 1))
  into v_seen, v_unfit, v_running, v_busy from public.workers w where w.box_id = p_box.id;
  return jsonb_build_object('id', p_box.id, 'pool', p_box.pool, 'name', p_box.name, 'remote_id', p_box.remote_id,
    'state', p_box.state, 'usd_per_hour', p_box.usd_per_hour, 'templates', p_box.templates, 'trust', p_box.trust,
    'charged', p_box.booked_until is not null, 'asked_at', private.ms(p_box.asked_at),
    'up_at', private.ms(p_box.up_at), 'draining_at', private.ms(p_box.draining_at), 'seen_at', private.ms(v_seen),
    'running', v_running, 'unfit', v_unfit,
    'busy_at', private.ms(case when v_running > 0 then clock_timestamp() else greatest(v_busy, p_box.up_at) end));
end
$function$;

-- Nor does it keep providers from what it is not given.
CREATE OR REPLACE FUNCTION private.fallback_reason(p_job public.jobs, p_settings public.settings, p_predict boolean)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
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
  where w.last_seen > now() - interval '1 day' and not w.draining and w.quarantined_at is null
    and w.revoked_at is null and k.revoked_at is null
    and k.trust <> 'provider' and k.trust >= greatest(p_job.min_trust, p_settings.min_trust)
    and w.capabilities -> 'templates' ? v_template;
  if v_up = 0 then
    return case when greatest(p_job.created_at, v_heard) <= clock_timestamp() - private.silence(p_settings, v_template)
      then 'silent' end;
  end if;
  return case when p_predict and p_settings.fallback_wait_s is not null
    and (private.position(p_job) ->> 'eta_ms')::numeric > p_settings.fallback_wait_s * 1000 then 'wait' end;
end
$function$;
