-- The button says what a cancel would give back, and a job that nothing will start says why: both are facts of the
-- place in the queue. `cancel`: `returns`, `keeps` or `too-late`. `waits_for`: `operator` (dispatch is paused),
-- `midnight` (today's money is spent), or null.
create function private.cancel_effect(p_job public.jobs) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case
    when p_job.status = 'queued' then 'returns'
    when p_job.steps > 0 and p_job.step >= p_job.steps * 0.8 then 'too-late'
    when p_job.purse = 'credits' and private.running_cancels(p_job.owner) < 5 then 'returns'
    else 'keeps'
  end;
end
$$;

create function private.waits_for(p_job public.jobs) returns text
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
  end;
end
$$;

create or replace function public.queue_positions(p_jobs uuid[]) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('id', j.id, 'cancel', private.cancel_effect(j),
      'waits_for', private.waits_for(j)) || private.position(j)), '[]')
    from public.jobs j where j.id = any (p_jobs) and j.status in ('queued', 'running'));
end
$$;
