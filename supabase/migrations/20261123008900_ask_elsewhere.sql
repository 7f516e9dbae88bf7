-- As before, but a pool that surely gave no box is no reason to wait before another is asked.
create or replace function public.take_capacity(p_holder uuid, p_pools jsonb, p_lease_s integer)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $$
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
      where w.box_id is null and w.last_seen > v_now - interval '45 s' and not w.draining and w.revoked_at is null
        and k.revoked_at is null and k.trust <> 'provider'),
    'pools', (select coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'cool_until', case
        when c.cool_until = '-infinity' then 0 else private.ms(c.cool_until) end,
        'p50_ms', private.cold_start_ms(c.name, 0.5), 'p99_ms', private.cold_start_ms(c.name, 0.99))), '[]')
      from public.capacity_pools c),
    'boxes', (select coalesce(jsonb_agg(private.box_view(b) order by b.asked_at), '[]')
      from public.boxes b where b.state <> 'gone'),
    'watching_since', (select private.ms(l.watching_since) from private.capacity_lease l),
    'last_asked_at', (select private.ms(max(b.asked_at)) from public.boxes b
      where b.reason is null or b.reason not in ('no_room', 'busy', 'refused')),
    'last_drained_at', (select private.ms(max(b.draining_at)) from public.boxes b));
end
$$;
