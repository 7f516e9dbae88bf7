-- The autopilot of a day's money. What is spent and what the boxes and providers of this hour would spend until
-- midnight UTC, over the cap: once that passes the cap, steps are taken in order as the money goes, each announced, and
-- undone one at a time when the projection falls well below. Without a cap it does nothing.
create function private.provider_usd_per_hour() returns numeric
language plpgsql stable set search_path = '' as $$
begin
  return coalesce((
    select sum(a.cost_usd_micros) / 1000000.0
    from public.worker_keys k
    join public.workers w on w.key_id = k.id and w.last_seen > now() - interval '70 minutes'
    join public.job_attempts a on a.worker_id = w.id and a.claimed_at > now() - interval '1 hour'
    where k.trust = 'provider'), 0);
end
$$;

-- What one hour costs as things stand: rented boxes, coming ones included, our own that have a rate, providers.
create function private.usd_per_hour() returns numeric
language plpgsql stable set search_path = '' as $$
begin
  return private.provider_usd_per_hour()
    + coalesce((select sum(b.usd_per_hour) from public.boxes b where b.state <> 'gone'), 0)
    + coalesce((select sum(w.usd_per_hour) from public.workers w
      where w.box_id is null and w.last_seen > now() - interval '2 min' and w.revoked_at is null), 0);
end
$$;

-- The step that the figures ask for: the last one whose share of the cap is spent while the day would pass the cap.
create function private.saving_target(p_settings public.settings, p_share numeric, p_projected numeric) returns text
language plpgsql stable set search_path = '' as $$
begin
  if p_projected < p_settings.saving_projected then
    return 'none';
  end if;
  return coalesce((
    select s.step from unnest(private.saving_steps()) with ordinality s (step, place)
    where p_share >= (p_settings.saving_shares ->> s.step)::numeric order by s.place desc limit 1), 'none');
end
$$;

-- The next step. Up at once; down one at a time, when the projection has room and the last change is long enough ago.
create function private.next_saving(p_settings public.settings, p_share numeric, p_projected numeric) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_steps text[] := private.saving_steps();
  v_now int := array_position(v_steps, case
    when p_settings.saving_day = private.utc_day() then p_settings.saving_step else 'none' end);
  v_target int := array_position(v_steps, private.saving_target(p_settings, p_share, p_projected));
begin
  if v_target > v_now then
    return v_steps[v_target];
  end if;
  if v_now > 1 and p_projected < p_settings.saving_projected - p_settings.saving_slack
    and p_settings.saving_since < clock_timestamp() - p_settings.saving_ease_s * interval '1 s'
  then
    return v_steps[v_now - 1];
  end if;
  return v_steps[v_now];
end
$$;

-- Moves the autopilot and answers what it saw. Every change is an alert and a line in the audit log.
create function public.saving_tick() returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_settings public.settings;
  v_spent numeric;
  v_rate numeric := private.usd_per_hour();
  v_facts jsonb;
  v_share numeric;
  v_projected numeric;
  v_before text;
  v_next text := 'none';
begin
  if not pg_try_advisory_xact_lock(20261123, 6) then
    return null;
  end if;
  select * into v_settings from public.settings;
  v_before := case when v_settings.saving_day = private.utc_day() then v_settings.saving_step else 'none' end;
  v_spent := coalesce((select s.usd_micros / 1000000.0 from public.spend_days s where s.day = private.utc_day()), 0);
  if v_settings.saving_auto and v_settings.daily_cap_usd > 0 then
    v_share := v_spent / v_settings.daily_cap_usd;
    v_projected := (v_spent + v_rate * extract(epoch from private.next_utc_day() - clock_timestamp()) / 3600)
      / v_settings.daily_cap_usd;
    v_next := private.next_saving(v_settings, v_share, v_projected);
  end if;
  v_facts := jsonb_build_object('step', v_next, 'before', v_before, 'spent_usd', round(v_spent, 2),
    'usd_per_hour', round(v_rate, 2), 'projected_usd', round(v_projected * v_settings.daily_cap_usd, 2),
    'cap_usd', v_settings.daily_cap_usd);
  if v_next <> v_settings.saving_step or v_next <> 'none' and v_settings.saving_day is distinct from private.utc_day() then
    update public.settings
    set saving_step = v_next, saving_day = private.utc_day(),
      saving_since = case when v_next = v_settings.saving_step then saving_since else clock_timestamp() end;
  end if;
  if v_next <> v_settings.saving_step then
    insert into public.audit_log (actor, action, subject, detail) values ('autopilot', 'save_money', v_next, v_facts);
    update public.alerts a set closed_at = now() where a.kind = 'saving' and a.closed_at is null;
    insert into public.alerts (kind, subject, detail, closed_at)
    values ('saving', private.utc_day() || ' ' || v_next, v_facts, case when v_next = 'none' then now() end);
    -- Who waited for money may be served again.
    if array_position(private.saving_steps(), v_next) < array_position(private.saving_steps(), v_before) then
      perform private.wake_workers();
    end if;
  end if;
  return v_facts;
end
$$;
grant execute on function public.saving_tick to service_role;
