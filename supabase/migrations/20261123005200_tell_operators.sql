-- An alert is told to the operator's webhook once it opened; a telling that failed is repeated later. Each alert is
-- leased while it is told, so that two servers do not tell it twice; its id is the receiver's to recognise a repeat by.
alter table public.alerts
  add column told_at timestamptz,
  add column tries int not null default 0,
  add column due_at timestamptz not null default now();
comment on column public.alerts.due_at is 'Not to be told (again) before.';
create index alerts_untold on public.alerts (due_at) where told_at is null;

-- The next alert to tell, or null. Older than two days is no news: a webhook that is set up late hears no history.
create function public.take_alert() returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_alert public.alerts;
begin
  -- A day's spending is over with the day.
  update public.alerts a set closed_at = now()
  where a.kind = 'spend' and a.closed_at is null and left(a.subject, 10) < private.utc_day()::text;
  update public.alerts a
  set tries = a.tries + 1,
    due_at = clock_timestamp() + least(interval '30 s' * 2 ^ least(a.tries, 10), interval '1 hour')
  where a.id = (
    select x.id from public.alerts x
    where x.told_at is null and x.due_at <= clock_timestamp() and x.opened_at > now() - interval '2 days'
    order by x.due_at limit 1 for update skip locked)
  returning a.* into v_alert;
  return case when v_alert.id is not null then to_jsonb(v_alert) end;
end
$$;

create function public.alert_told(p_id bigint) returns void
language sql security definer set search_path = '' as $$
  update public.alerts set told_at = now() where id = p_id and told_at is null
$$;
grant execute on function public.take_alert, public.alert_told to service_role;

-- The operator's switches and caps, changed by name; who, when, and from what to what stands in the audit log.
-- Answers the values that are now in force.
create function public.change_settings(p_actor text, p_changes jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_known constant text[] := '{intake_paused,dispatch_paused,max_concurrent,daily_cap_usd,free_enabled}';
  v_unknown text;
  v_before public.settings;
  v_after public.settings;
begin
  select k into v_unknown from jsonb_object_keys(p_changes) k where k <> all (v_known) limit 1;
  if found or coalesce(p_actor, '') = '' then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('path', v_unknown));
  end if;
  select * into v_before from public.settings for update;
  v_after := jsonb_populate_record(v_before, p_changes);
  update public.settings
  set intake_paused = v_after.intake_paused, dispatch_paused = v_after.dispatch_paused,
    max_concurrent = v_after.max_concurrent, daily_cap_usd = v_after.daily_cap_usd,
    free_enabled = v_after.free_enabled, updated_at = now();
  if v_after is distinct from v_before then
    insert into public.audit_log (actor, action, subject, detail)
    select p_actor, 'change_settings', string_agg(k, ' ' order by k),
      jsonb_object_agg(k, jsonb_build_array(to_jsonb(v_before) -> k, to_jsonb(v_after) -> k))
    from unnest(v_known) k where to_jsonb(v_before) -> k is distinct from to_jsonb(v_after) -> k;
    -- Workers ask again at once where there is something to do again.
    if not v_after.dispatch_paused then
      perform private.wake_workers();
    end if;
  end if;
  return (select jsonb_object_agg(k, to_jsonb(v_after) -> k) from unnest(v_known) k)
    || jsonb_build_object('spent_usd', coalesce(
      (select round(s.usd_micros / 1000000.0, 2) from public.spend_days s where s.day = private.utc_day()), 0));
end
$$;
grant execute on function public.change_settings to service_role;
