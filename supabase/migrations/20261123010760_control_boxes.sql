-- As before, and what bounds the boxes of a key is the operator's to set.
create or replace function public.change_settings(p_actor text, p_changes jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $$
declare
  v_known text[] := array(
    select c.attname from pg_catalog.pg_attribute c
    where c.attrelid = 'public.settings'::pg_catalog.regclass and c.attnum > 0 and not c.attisdropped
      and (c.attname in ('intake_paused', 'dispatch_paused', 'max_concurrent', 'daily_cap_usd', 'free_enabled', 'provider_fallback')
        or c.attname ~ '^(capacity|saving|fallback|eta|box)_')
      and c.attname not in ('saving_step', 'saving_day', 'saving_since')
    order by c.attnum);
  v_unknown text;
  v_key text;
  v_before public.settings;
  v_after public.settings;
begin
  select k into v_unknown from jsonb_object_keys(p_changes) k where k <> all (v_known) limit 1;
  if found or coalesce(p_actor, '') = '' then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('path', v_unknown));
  end if;
  select * into v_before from public.settings for update;
  v_after := jsonb_populate_record(v_before, p_changes);
  for v_key in select jsonb_object_keys(p_changes) loop
    execute format('update public.settings set %1$I = ($1).%1$I', v_key) using v_after;
  end loop;
  if v_after is distinct from v_before then
    update public.settings set updated_at = now();
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
    || jsonb_build_object('saving_step', private.saving_step(), 'spent_usd', coalesce(
      (select round(s.usd_micros / 1000000.0, 2) from public.spend_days s where s.day = private.utc_day()), 0));
end
$$;
