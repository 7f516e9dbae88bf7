-- The clock set back: no pool rests for the time that it went back. A box that lives but asks for no work is seen as such.
-- Alerts of boxes that no row knows are told to who can see that such a box is gone.

CREATE OR REPLACE FUNCTION private.mend_clock()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_now timestamptz := clock_timestamp();
begin
  update public.jobs j
  set lease_until = least(j.lease_until, v_now), reported_at = least(j.reported_at, v_now),
    shown_at = least(j.shown_at, v_now), stage_at = least(j.stage_at, v_now), started_at = least(j.started_at, v_now)
  where j.status = 'running';
  update public.job_attempts a
  set claimed_at = least(a.claimed_at, v_now), began_at = least(a.began_at, v_now),
    sampling_at = least(a.sampling_at, v_now), saving_at = least(a.saving_at, v_now)
  from public.jobs j where j.status = 'running' and a.job_id = j.id and a.epoch = j.epoch and a.claimed_at > v_now;
  -- Nobody is held back for more than a minute.
  update public.workers w
  set last_seen = least(w.last_seen, v_now), active_at = least(w.active_at, v_now),
    hold_until = case when w.hold_until > v_now + interval '1 min' then v_now else w.hold_until end
  where w.last_seen > v_now or w.active_at > v_now or w.hold_until > v_now + interval '1 min';
  with ahead_of_time as (
    select l.owner, l.class from public.queue_lanes l where l.last_served_at > v_now
    order by l.owner, l.class for update skip locked)
  update public.queue_lanes l set last_served_at = v_now
  from ahead_of_time t where l.owner = t.owner and l.class = t.class;
  update private.doorbell set rung_at = v_now where rung_at > v_now;
  update private.fallback_look set looked_at = v_now where looked_at > v_now;
  update private.audit_state set audited_at = v_now where audited_at > v_now;
  update private.capacity_lease set until = v_now where until > v_now + interval '10 min';
  -- No rest is longer than what one refusal costs, but for a provider's own wish: it may be asked once too soon.
  update public.capacity_pools set cool_until = v_now where cool_until > v_now + interval '10 min';
  update public.alerts set due_at = v_now where told_at is null and opened_at > v_now;
end
$function$;

CREATE OR REPLACE FUNCTION private.box_view(p_box public.boxes)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_seen timestamptz;
  v_active timestamptz;
  v_unfit boolean;
  v_running int;
  v_busy timestamptz;
begin
  select max(w.last_seen), nullif(max(w.active_at), '-infinity'), coalesce(bool_or(w.unfit_reason is not null or w.quarantined_at is not null), false),
    coalesce(sum((select count(*) from public.jobs j where j.status = 'running' and j.worker_id = w.id)), 0),
    max((select a.ended_at from public.job_attempts a where a.worker_id = w.id order by a.claimed_at desc limit 1))
  into v_seen, v_active, v_unfit, v_running, v_busy from public.workers w where w.box_id = p_box.id;
  return jsonb_build_object('id', p_box.id, 'pool', p_box.pool, 'name', p_box.name, 'remote_id', p_box.remote_id,
    'state', p_box.state, 'usd_per_hour', p_box.usd_per_hour, 'templates', p_box.templates, 'trust', p_box.trust,
    'charged', p_box.booked_until is not null, 'asked_at', private.ms(p_box.asked_at),
    'up_at', private.ms(p_box.up_at), 'draining_at', private.ms(p_box.draining_at), 'seen_at', private.ms(v_seen),
    'active_at', private.ms(v_active),
    'running', v_running, 'unfit', v_unfit,
    'busy_at', private.ms(case when v_running > 0 then clock_timestamp() else greatest(v_busy, p_box.up_at) end));
end
$function$;

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
      where w.box_id is null and w.active_at > v_now - interval '45 s' and not w.draining and w.quarantined_at is null
        and k.quarantined_at is null
        and w.revoked_at is null and k.revoked_at is null and k.trust <> 'provider'),
    'pools', (select coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'cool_until', case
        when c.cool_until = '-infinity' then 0 else private.ms(c.cool_until) end,
        'p50_ms', private.cold_start_ms(c.name, 0.5), 'p99_ms', private.cold_start_ms(c.name, 0.99),
        'lacks', private.pool_lacks(c.name))), '[]')
      from public.capacity_pools c),
    'boxes', (select coalesce(jsonb_agg(private.box_view(b) order by b.asked_at), '[]')
      from public.boxes b where b.state <> 'gone'),
    'removals', (select coalesce(jsonb_agg(jsonb_build_object('pool', a.detail ->> 'pool', 'subject', a.subject)), '[]')
      from public.alerts a where a.kind = 'removal' and a.closed_at is null and not exists (
        select from public.boxes b where b.name = a.subject and b.state <> 'gone')),
    'watching_since', (select private.ms(l.watching_since) from private.capacity_lease l),
    'last_asked_at', (select private.ms(max(b.asked_at)) from public.boxes b
      where b.reason is null or b.reason not in ('no_room', 'busy', 'refused')),
    'last_drained_at', (select private.ms(max(b.draining_at)) from public.boxes b));
end
$function$;

-- What has not begun at a provider comes back; how many have begun there. Called under the lock of giving jobs to providers.
create function private.bring_home(p_owner uuid) returns int
language plpgsql set search_path = '' as $$
declare
  v_ids uuid[];
  v_job public.jobs;
  v_begun int := 0;
begin
  v_ids := array(select o.id from private.at_provider(p_owner) o);
  perform from public.jobs j where j.id = any (v_ids) order by j.id for update;
  perform from public.queue_lanes l where l.owner = p_owner order by l.class for update;
  -- Again: some may have ended, or gone to a box of ours, while their locks were waited for.
  for v_job in
    select j.* from private.at_provider(p_owner) o join public.jobs j on j.id = o.id where j.id = any (v_ids) order by j.id
  loop
    if v_job.remote ? 'posted_at' or v_job.remote ? 'id' then
      v_begun := v_begun + (v_job.status = 'running')::int;
    else
      perform private.take_home(v_job);
    end if;
  end loop;
  return v_begun;
end
$$;

CREATE OR REPLACE FUNCTION public.set_refuse_provider(p_owner uuid, p_refuse boolean)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.lock_owner(p_owner);
  perform private.refuse('UNAUTHENTICATED') where exists (
    select from private.closed_accounts c where c.owner = p_owner);
  if p_refuse then
    -- The lock under which a provider is given a job: after it none has looked before this word.
    perform pg_advisory_xact_lock(20261123, 25);
  end if;
  insert into public.profiles as p (id, refuse_provider) values (p_owner, p_refuse)
  on conflict (id) do update set refuse_provider = excluded.refuse_provider;
  if not p_refuse then
    return 0;
  end if;
  return private.bring_home(p_owner);
end
$function$;

CREATE OR REPLACE FUNCTION public.merge_accounts(p_from uuid, p_into uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_jobs int;
  v_credits int;
begin
  perform private.lock_owner(least(p_from, p_into));
  perform private.lock_owner(greatest(p_from, p_into));
  -- The answer of the first call may have been lost.
  if exists (select from private.closed_accounts c where c.owner = p_from and c.merged_into = p_into) then
    return jsonb_build_object('jobs', 0, 'credits', 0);
  end if;
  perform private.check_merge(p_from, p_into);
  if exists (select from public.profiles p where p.id = p_from and p.refuse_provider) then
    -- A guest with open images is not taken over, so the word can only bind images of the account.
    perform pg_advisory_xact_lock(20261123, 25);
    perform private.bring_home(p_into);
  end if;
  v_jobs := private.move_jobs(p_from, p_into);
  update public.assets set owner = p_into where owner = p_from;
  update public.uploads set owner = p_into where owner = p_from;
  update public.loras set owner = p_into where owner = p_from;
  update public.shares set owner = p_into where owner = p_from;
  delete from public.queue_lanes where owner = p_from;
  v_credits := private.move_credits(p_from, p_into);
  perform private.move_free_uses(p_from, p_into);
  insert into private.closed_accounts (owner, merged_into) values (p_from, p_into);
  insert into public.audit_log (actor, action, subject, detail)
  values (p_into::text, 'merge_accounts', p_from::text, jsonb_build_object('jobs', v_jobs, 'credits', v_credits));
  return jsonb_build_object('jobs', v_jobs, 'credits', v_credits);
end
$function$;
