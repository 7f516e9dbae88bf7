-- Boxes whose provider no server of ours speaks to any more (its key was taken out of the environment) still cost. Every
-- server's tick of the day's money looks for them: their rent is booked on, and an alert says whom to give them back to.
-- The projection counts what runs at providers now, and a jump over several steps leaves a line for each.

-- Pools that no server has offered for five minutes, with their boxes that are not gone.
create function private.unwatched_boxes() returns setof public.boxes
language plpgsql stable set search_path = '' as $$
begin
  return query
  select b.* from public.boxes b left join public.capacity_pools c on c.name = b.pool
  where b.state <> 'gone' and coalesce(c.seen_at, '-infinity') < clock_timestamp() - interval '5 min'
  order by b.asked_at;
end
$$;

-- Books the rent of boxes that nobody watches, tells of them by pool, and closes what is watched again or gone.
create function private.watch_rent() returns int
language plpgsql set search_path = '' as $$
declare
  v_box uuid;
  v_pools text[] := '{}';
  v_pool record;
  v_count int := 0;
begin
  for v_box in select u.id from private.unwatched_boxes() u loop
    perform private.book_boxes(v_box);
  end loop;
  for v_pool in
    select u.pool, count(*)::int as boxes, sum(u.usd_per_hour) as rate, min(u.provider) as provider,
      jsonb_agg(jsonb_build_object('name', u.name, 'remote', u.remote_id) order by u.asked_at) as which
    from private.unwatched_boxes() u group by u.pool
  loop
    v_pools := v_pools || v_pool.pool;
    v_count := v_count + v_pool.boxes;
    if not exists (
      select from public.alerts a
      where a.kind = 'rented' and a.subject = v_pool.pool and a.closed_at is null and a.detail -> 'which' = v_pool.which)
    then
      perform private.open_alert('rented', v_pool.pool, jsonb_build_object('boxes', v_pool.boxes,
        'provider', v_pool.provider, 'usd_per_hour', v_pool.rate, 'which', v_pool.which));
    end if;
  end loop;
  update public.alerts a set closed_at = now()
  where a.kind = 'rented' and a.closed_at is null and a.subject <> all (v_pools);
  return v_count;
end
$$;

CREATE OR REPLACE FUNCTION public.saving_tick()
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_settings public.settings;
  v_spent numeric;
  v_open numeric;
  v_rate numeric;
  v_facts jsonb;
  v_share numeric;
  v_projected numeric;
  v_before text;
  v_next text := 'none';
  v_unwatched int;
begin
  if not pg_try_advisory_xact_lock(20261123, 6) then
    return null;
  end if;
  v_unwatched := private.watch_rent();
  v_rate := private.usd_per_hour();
  select * into v_settings from public.settings;
  v_before := case when v_settings.saving_day = private.utc_day() then v_settings.saving_step else 'none' end;
  v_spent := coalesce((select s.usd_micros / 1000000.0 from public.spend_days s where s.day = private.utc_day()), 0);
  -- What providers are at is booked when it ends, and is as good as spent.
  v_open := (select p.usd_micros / 1000000.0 from private.at_providers() p);
  if v_settings.saving_auto and v_settings.daily_cap_usd > 0 then
    v_share := (v_spent + v_open) / v_settings.daily_cap_usd;
    v_projected := v_share + v_rate * extract(epoch from private.next_utc_day() - clock_timestamp()) / 3600
      / v_settings.daily_cap_usd;
    v_next := private.next_saving(v_settings, v_share, v_projected);
  end if;
  v_facts := jsonb_build_object('step', v_next, 'before', v_before, 'spent_usd', round(v_spent, 2),
    'open_usd', round(v_open, 2), 'usd_per_hour', round(v_rate, 2),
    'projected_usd', round(v_projected * v_settings.daily_cap_usd, 2), 'cap_usd', v_settings.daily_cap_usd);
  if v_next <> v_settings.saving_step or v_next <> 'none' and v_settings.saving_day is distinct from private.utc_day() then
    update public.settings
    set saving_step = v_next, saving_day = private.utc_day(),
      saving_since = case when v_next = v_settings.saving_step then saving_since else clock_timestamp() end;
  end if;
  if v_next <> v_settings.saving_step then
    perform private.log_saving(v_before, v_next, v_facts);
  end if;
  return v_facts || jsonb_build_object('unwatched', v_unwatched);
end
$function$;

-- A line for each step that is passed on the way, one alert for where it ends.
create function private.log_saving(p_before text, p_next text, p_facts jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  v_steps text[] := private.saving_steps();
  v_from int := array_position(v_steps, p_before);
  v_to int := array_position(v_steps, p_next);
begin
  insert into public.audit_log (actor, action, subject, detail)
  select 'autopilot', 'save_money', v_steps[at], p_facts || jsonb_build_object('step', v_steps[at])
  from generate_series(case when v_to > v_from then v_from + 1 else v_to end, v_to) at order by at;
  update public.alerts a set closed_at = now() where a.kind = 'saving' and a.closed_at is null;
  insert into public.alerts (kind, subject, detail, closed_at)
  values ('saving', private.utc_day() || ' ' || p_next, p_facts, case when p_next = 'none' then now() end);
  -- Who waited for money may be served again.
  if v_to < v_from then
    perform private.wake_workers();
  end if;
end
$$;
