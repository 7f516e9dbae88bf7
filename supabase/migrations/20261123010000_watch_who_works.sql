-- A box is there while it works for us: while it asks for work or reports on a job. A session alone, a box held back for
-- long, one that said goodbye and one of a quarantined key promise nothing to anybody.
alter table public.workers
  add column active_at timestamptz not null default '-infinity',
  add column left_at timestamptz;
comment on column public.workers.active_at is 'When it last asked for work with free hands or reported on a job it holds, to 5 s; online means within 45 s.';
comment on column public.workers.left_at is 'When it said goodbye; gets no job until its next session.';
comment on column public.workers.last_seen is 'Moved by any call of the box, at most every 5 s.';
update public.workers set active_at = last_seen;

alter table public.worker_keys add column quarantined_at timestamptz;
comment on column public.worker_keys.quarantined_at is 'No box of this key gets a job until an operator lifts it.';

alter table public.settings
  add column box_live int not null default 50 check (box_live > 0),
  add column box_quarantines int not null default 3 check (box_quarantines > 0),
  add column box_elsewhere_s int not null default 30 check (box_elsewhere_s >= 0);
comment on column public.settings.box_live is 'Boxes of one key that may be there at once.';
comment on column public.settings.box_quarantines is 'So many boxes of one key quarantined within an hour quarantine the key.';
comment on column public.settings.box_elsewhere_s is 'So long a job waits for another box than the one that failed or lost it, if there is one.';

create or replace function private.live_workers()
 RETURNS TABLE(id uuid, templates jsonb, trust public.worker_trust)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $$
begin
  return query
  select w.id, w.capabilities -> 'templates', k.trust
  from public.workers w join public.worker_keys k on k.id = w.key_id, public.settings s
  where w.active_at > now() - interval '45 s' and not w.draining and w.quarantined_at is null and w.revoked_at is null
    and k.revoked_at is null and k.quarantined_at is null and w.hold_until < clock_timestamp() + interval '10 s'
    and k.trust <> 'provider' and k.trust >= s.min_trust;
end
$$;

create or replace function private.idle_workers(p_worker uuid)
 RETURNS TABLE(id uuid, templates jsonb, trust public.worker_trust)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $$
begin
  return query
  select v.id, v.templates, v.trust
  from private.live_workers() v join public.workers w on w.id = v.id
  where v.id <> p_worker and v.trust <> 'provider' and w.active_at > clock_timestamp() - interval '15 s'
    and w.hold_until <= clock_timestamp()
    and not exists (
      select from public.jobs j where j.worker_id = v.id and j.status = 'running' and j.stage <> 'saving');
end
$$;

create or replace function private.live_providers(p_template text, p_min_trust public.worker_trust)
 RETURNS integer
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $$
begin
  return (
    select count(*) from public.workers w join public.worker_keys k on k.id = w.key_id, public.settings s
    where k.trust = 'provider' and s.provider_fallback and s.min_trust <= 'community' and p_min_trust <= 'community'
      and not private.saves(s, 'fallback_off') and w.active_at > now() - interval '45 s' and not w.draining
      and w.quarantined_at is null and k.quarantined_at is null
      and w.revoked_at is null and k.revoked_at is null and w.capabilities -> 'provider' -> 'offers' ? p_template);
end
$$;

create or replace function private.fallback_reason(p_job public.jobs, p_settings public.settings, p_predict boolean)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $$
declare
  v_template text := p_job.mode || '/' || p_job.variant;
  v_up int;
  v_heard timestamptz;
begin
  if p_settings.fallback_always then
    return 'asked';
  end if;
  select count(*) filter (where w.active_at > now() - interval '45 s'), max(w.active_at) into v_up, v_heard
  from public.workers w join public.worker_keys k on k.id = w.key_id
  where w.active_at > now() - interval '1 day' and not w.draining and w.quarantined_at is null
    and w.revoked_at is null and k.revoked_at is null and k.quarantined_at is null
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

create or replace function private.slots(p_template text, p_min_trust public.worker_trust, p_hold integer)
 RETURNS double precision[]
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $$
begin
  return array(
    select (
      select greatest(coalesce(sum(greatest(0, coalesce(private.hold_left(j), p_hold))), 0),
        private.gap_ms(clock_timestamp(), v.hold_until))
      from public.jobs j where j.worker_id = v.id and j.status = 'running')
    from (select l.*, w.hold_until from private.live_workers() l join public.workers w on w.id = l.id) v where v.templates ? p_template and v.trust >= p_min_trust limit 200);
end
$$;

create or replace function private.is_held(p_worker uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $$
begin
  return exists (
    select from public.workers w join public.worker_keys k on k.id = w.key_id
    where w.id = p_worker and (w.quarantined_at is not null or k.quarantined_at is not null or w.left_at is not null
      or w.hold_until > clock_timestamp()));
end
$$;

drop function private.touch_worker(uuid);

-- p_active: the call shows that the box works for us.
create or replace function private.touch_worker(p_worker uuid, p_active boolean default false)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $$
declare
  v_worker public.workers;
  v_now timestamptz := clock_timestamp();
begin
  select * into v_worker from public.workers w
  where w.id = p_worker and (w.last_seen < v_now - interval '5 s'
    or (p_active and w.left_at is null and w.active_at < v_now - interval '5 s')) for update skip locked;
  if not found then
    return;
  end if;
  update public.workers
  set last_seen = v_now, active_at = case when p_active and left_at is null then v_now else active_at end
  where id = p_worker;
  if v_worker.box_id is null then
    perform private.book_rent(v_worker.usd_per_hour, greatest(v_worker.last_seen, v_now - interval '2 min'), v_now);
  end if;
end
$$;

create or replace function public.report_progress(p_job uuid, p_epoch integer, p_stage text, p_step integer, p_steps integer, p_progress real)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
AS $$
declare
  v_worker uuid := auth.uid();
  v_drain boolean := (private.require_worker(v_worker)).draining;
  v_stage public.job_stage := private.stage_of(p_stage);
  v_job public.jobs;
  v_over boolean;
begin
  loop
    -- Read without a lock: a lock of its own would cost each beat one more WAL record.
    select * into v_job from public.jobs j where j.id = p_job;
    v_over := not found or v_job.epoch <> p_epoch or v_job.worker_id is distinct from v_worker
      or v_job.status not in ('queued', 'running');
    exit when v_over;
    if v_job.status = 'queued' then
      perform from public.jobs j where j.id = p_job and j.epoch = p_epoch and j.status = 'queued'
        and j.worker_id = v_worker for update;
      continue when not found;
      v_job := private.resume_attempt(v_job);
    elsif v_stage <= v_job.stage and clock_timestamp() - v_job.reported_at < interval '200 ms' then
      exit;
    end if;
    exit when private.apply_report(v_job, v_stage, p_step, p_steps, p_progress);
  end loop;
  -- A job that was lost is news to its worker; one that it never held is not.
  if v_over and not private.held(v_worker, p_job, p_epoch) then
    perform private.note_refusal(v_worker, 'NOT_THEIRS');
  elsif p_progress = 'NaN' or p_step < 0 or p_step > 10000 or p_steps < 0 or p_steps > 10000 then
    perform private.note_refusal(v_worker, 'REPORT_ABSURD');
  end if;
  perform private.touch_worker(v_worker, not v_over);
  return jsonb_build_object('over', v_over, 'drain', v_drain, 'busy', private.is_busy(), 'lease_until',
    case when v_over then now() else (select j.lease_until from public.jobs j where j.id = p_job) end);
end
$$;

create or replace function public.claim_job(p_worker uuid, p_warm text[], p_ahead boolean DEFAULT false)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
AS $$
declare
  v_facts private.worker_facts := private.require_worker(p_worker);
  v_job public.jobs;
begin
  v_job := private.find_job(p_worker, v_facts, p_warm, p_ahead);
  if v_job.id is not null then
    v_job := private.start_attempt(v_job, p_worker, v_facts.stand_in, p_warm, p_ahead);
  end if;
  update public.workers w set warm = p_warm where w.id = p_worker and w.warm is distinct from p_warm and p_warm is not null;
  perform private.touch_worker(p_worker, not p_ahead);
  return case when v_job.id is not null then private.claimed_view(v_job) end;
end
$$;

-- Whatever it still holds stays its own to end.
create function public.leave_worker(p_worker uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform private.require_worker(p_worker);
  perform private.touch_worker(p_worker);
  update public.workers set left_at = clock_timestamp(), active_at = '-infinity' where id = p_worker and left_at is null;
end
$$;
grant execute on function public.leave_worker to service_role;

create or replace function public.worker_session(p_key_hash text, p_instance uuid, p_capabilities jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $$
declare
  v_key public.worker_keys;
  v_worker public.workers;
begin
  select * into v_key from public.worker_keys k where k.key_hash = p_key_hash;
  if not found then
    perform private.refuse('WORKER_KEY_INVALID');
  end if;
  if v_key.revoked_at is not null then
    perform private.refuse('WORKER_REVOKED');
  end if;
  select * into v_worker from public.workers w where w.id = p_instance for update;
  if v_worker.id is null or v_worker.left_at is not null or v_worker.last_seen < clock_timestamp() - interval '45 s' then
    perform private.admit_box(v_key.id, p_instance, v_worker.id is null);
  end if;
  insert into public.workers as w (id, key_id, capabilities, gpu)
  values (p_instance, v_key.id, p_capabilities, coalesce(p_capabilities ->> 'gpu', ''))
  on conflict (id) do nothing;
  select * into v_worker from public.workers w where w.id = p_instance for update;
  -- Another key may take a row over only once the row's own key is revoked: an instance uuid is no secret.
  if v_worker.key_id <> v_key.id
    and exists (select from public.worker_keys k where k.id = v_worker.key_id and k.revoked_at is null)
  then
    perform private.refuse('WORKER_KEY_INVALID');
  end if;
  if v_worker.revoked_at is not null then
    perform private.refuse('WORKER_REVOKED');
  end if;
  update public.workers
  set key_id = v_key.id, left_at = null, capabilities = p_capabilities, gpu = coalesce(p_capabilities ->> 'gpu', '')
  where id = p_instance;
  -- A box that was away was not alive: no rent is booked for the gap by the touch that follows.
  update public.workers set last_seen = clock_timestamp()
  where id = p_instance and last_seen < clock_timestamp() - interval '2 min';
  perform private.touch_worker(p_instance);
  return jsonb_build_object('worker_id', p_instance, 'trust', v_key.trust, 'pool', v_key.pool);
end
$$;

-- Refuses a box that is one too many of its key. Counted one at a time: many may come at once.
create function private.admit_box(p_key uuid, p_instance uuid, p_new boolean) returns void
language plpgsql set search_path = '' as $$
declare
  v_settings public.settings;
begin
  select * into v_settings from public.settings;
  perform from public.worker_keys k where k.id = p_key for no key update;
  if p_new and (
    select count(*) from (
      select from public.workers w where w.key_id = p_key and w.first_seen > now() - interval '1 hour'
      limit v_settings.box_instances) n) >= v_settings.box_instances
  then
    perform private.refuse('RATE_LIMITED', jsonb_build_object('retry_after_s', 3600));
  end if;
  if (
    select count(*) from (
      select from public.workers w
      where w.key_id = p_key and w.id <> p_instance and w.left_at is null
        and w.last_seen > clock_timestamp() - interval '45 s' limit v_settings.box_live) n) >= v_settings.box_live
  then
    perform private.refuse('RATE_LIMITED', jsonb_build_object('retry_after_s', 45, 'live', v_settings.box_live));
  end if;
end
$$;

create or replace function private.note_end(p_worker uuid, p_job public.jobs, p_good boolean)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $$
declare
  v_limit int := (select s.box_failures from public.settings s);
  v_worker public.workers;
begin
  if p_good then
    update public.workers w
    set streak = 0, streak_owners = '{}', releases = 0, hold_until = '-infinity'
    where w.id = p_worker and (w.streak > 0 or w.releases > 0);
    return;
  end if;
  if exists (
    select from public.job_attempts a
    where a.job_id = p_job.id and a.worker_id <> p_worker and a.outcome in ('failed', 'lost')) then
    return;
  end if;
  update public.workers w
  set streak = w.streak + 1,
    streak_owners = case when p_job.owner = any (w.streak_owners) then w.streak_owners else w.streak_owners || p_job.owner end
  from public.worker_keys k where w.id = p_worker and k.id = w.key_id and k.trust <> 'provider'
  returning w.* into v_worker;
  if v_worker.id is null then
    return;
  end if;
  if v_worker.quarantined_at is null and cardinality(v_worker.streak_owners) >= v_limit
    and (v_worker.streak >= 2 * v_limit or private.others_succeed(v_worker))
  then
    update public.workers w set quarantined_at = clock_timestamp() where w.id = p_worker;
    perform private.open_box_alert(p_worker, jsonb_build_object('quarantined', true, 'streak', v_worker.streak));
    insert into public.audit_log (actor, action, subject, detail)
    values ('box watch', 'quarantine_worker', p_worker::text, jsonb_build_object('streak', v_worker.streak));
    perform private.watch_key(v_worker.key_id);
    return;
  end if;
  update public.workers w
  set hold_until = clock_timestamp() + least(60, greatest(
    case when cardinality(w.streak_owners) > 2 then 2 ^ (cardinality(w.streak_owners) - 3) else 0 end,
    case when w.streak > 9 then 2 ^ least(w.streak - 10, 6) else 0 end)) * interval '1 s'
  where w.id = p_worker and (cardinality(w.streak_owners) > 2 or w.streak > 9);
end
$$;

-- A box that is quarantined comes back under another uuid: from so many on it is the key.
create function private.watch_key(p_key uuid) returns void
language plpgsql set search_path = '' as $$
declare
  v_name text;
  v_boxes int;
begin
  perform from public.worker_keys k where k.id = p_key for no key update;
  select count(*) into v_boxes from public.workers w
  where w.key_id = p_key and w.quarantined_at > clock_timestamp() - interval '1 hour';
  if v_boxes < (select s.box_quarantines from public.settings s) then
    return;
  end if;
  update public.worker_keys k set quarantined_at = clock_timestamp()
  where k.id = p_key and k.quarantined_at is null returning k.name into v_name;
  if found then
    perform private.open_alert('key', p_key::text, jsonb_build_object('key', v_name, 'boxes', v_boxes));
    insert into public.audit_log (actor, action, subject, detail)
    values ('box watch', 'quarantine_key', p_key::text, jsonb_build_object('boxes', v_boxes));
  end if;
end
$$;

create function public.lift_key_quarantine(p_actor text, p_key uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_worker uuid;
begin
  if not exists (select from public.worker_keys k where k.id = p_key and k.quarantined_at is not null) then
    perform private.refuse('NOT_FOUND', jsonb_build_object('key', p_key));
  end if;
  for v_worker in
    select w.id from public.workers w where w.key_id = p_key and w.quarantined_at is not null order by w.id
  loop
    perform public.lift_quarantine(p_actor, v_worker);
  end loop;
  update public.worker_keys set quarantined_at = null where id = p_key;
  update public.alerts set closed_at = now() where kind = 'key' and subject = p_key::text and closed_at is null;
  insert into public.audit_log (actor, action, subject) values (p_actor, 'lift_key_quarantine', p_key::text);
  perform private.wake_workers();
end
$$;
grant execute on function public.lift_key_quarantine to service_role;

create or replace function public.fleet_view()
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $$
begin
  return jsonb_build_object(
    'queue', (
      select coalesce(jsonb_agg(to_jsonb(q) order by q.class, q.template), '[]') from (
        select j.lane as class, j.mode || '/' || j.variant as template, count(*) filter (where j.status = 'queued') as queued,
          count(*) filter (where j.status = 'running') as running,
          round(extract(epoch from now() - min(j.created_at) filter (where j.status = 'queued'))) as oldest_s,
          bool_or(exists (select from private.live_workers() w
            where w.templates ? (j.mode || '/' || j.variant) and w.trust >= j.min_trust)) as served
        from public.jobs j where j.status in ('queued', 'running') group by 1, 2) q),
    'workers', (
      select coalesce(jsonb_agg(to_jsonb(b) order by b.last_seen desc), '[]') from (
        select w.id, k.name as key, k.pool, k.trust, w.gpu, w.warm, w.last_seen, w.draining,
          w.revoked_at is not null or k.revoked_at is not null as revoked, w.quarantined_at, k.quarantined_at is not null as key_quarantined,
          w.left_at, w.unfit_reason, w.streak,
          w.hold_until > now() as held, w.active_at > now() - interval '45 s' as live,
          (select coalesce(jsonb_agg(jsonb_build_object('job', j.id, 'template', j.mode || '/' || j.variant,
             'stage', j.stage, 'step', j.step, 'steps', j.steps, 'ahead', j.ahead) order by j.ahead, j.id), '[]')
           from public.jobs j where j.worker_id = w.id and j.status = 'running') as jobs,
          (select coalesce(jsonb_object_agg(r.reason, r.total), '{}') from public.worker_refusals r where r.worker_id = w.id)
            as refusals
        from public.workers w join public.worker_keys k on k.id = w.key_id
        where w.last_seen > now() - interval '1 day' or w.quarantined_at is not null
        order by w.last_seen desc limit 200) b),
    'eta', (select coalesce(jsonb_agg(to_jsonb(e) order by e.template, e.point), '[]') from public.eta_calibration() e),
    'alerts', (select coalesce(jsonb_agg(jsonb_build_object('kind', a.kind, 'subject', a.subject, 'opened_at', a.opened_at,
      'detail', a.detail) order by a.opened_at), '[]') from public.alerts a where a.closed_at is null),
    'spend', (select jsonb_build_object('today_usd', coalesce((
        select round(d.usd_micros / 1000000.0, 4) from public.spend_days d where d.day = private.utc_day()), 0),
      'cap_usd', s.daily_cap_usd, 'saving', private.saving_step()) from public.settings s));
end
$$;

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
    'watching_since', (select private.ms(l.watching_since) from private.capacity_lease l),
    'last_asked_at', (select private.ms(max(b.asked_at)) from public.boxes b
      where b.reason is null or b.reason not in ('no_room', 'busy', 'refused')),
    'last_drained_at', (select private.ms(max(b.draining_at)) from public.boxes b));
end
$$;

-- The job ahead and the one being saved have no GPU: max_concurrent counts what is before one.
create function private.renders(p_worker uuid) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select from public.jobs j
    where j.worker_id = p_worker and j.status = 'running' and not j.ahead and j.stage <> 'saving');
end
$$;

drop function private.has_room(public.settings);
-- One ahead takes the place of the one that its box renders: that must not be one too many either.
create or replace function private.has_room(p_settings public.settings, p_ahead boolean)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO ''
AS $$
declare
  v_room int := p_settings.max_concurrent + p_ahead::int;
  v_running int;
begin
  if p_settings.max_concurrent is null then
    return true;
  end if;
  select count(*) into v_running from (
    select from public.jobs j where j.status = 'running' and not j.ahead and j.stage <> 'saving' limit v_room) r;
  if v_running + 32 >= v_room and not p_ahead then
    perform pg_advisory_xact_lock(20261123, 1);
    select count(*) into v_running from (
      select from public.jobs j where j.status = 'running' and not j.ahead and j.stage <> 'saving' limit v_room) r;
  end if;
  return v_running < v_room;
end
$$;

alter type private.claim_wish add attribute worker uuid;

create or replace function private.find_job(p_worker uuid, p_facts private.worker_facts, p_warm text[], p_ahead boolean)
 RETURNS public.jobs
 LANGUAGE plpgsql
 SET search_path TO ''
AS $$
declare
  v_settings public.settings;
  v_needs record;
  v_class public.lane_class;
  v_job public.jobs;
begin
  select * into v_settings from public.settings;
  if v_settings.dispatch_paused or p_facts.draining or private.is_held(p_worker)
    or (p_facts.trust <> 'provider' and p_facts.trust < v_settings.min_trust)
    or private.is_cap_spent(v_settings)
    or (select count(*) from (
        select from public.jobs j where j.status = 'running' and j.worker_id = p_worker limit v_settings.worker_cap) h)
      >= v_settings.worker_cap
    or (p_ahead and (private.holds_ahead(p_worker) or not private.renders(p_worker)))
    or not private.has_room(v_settings, p_ahead)
  then
    return null;
  end if;
  if p_facts.trust = 'provider' then
    return case when not p_ahead then private.find_fallback_job(p_worker, p_facts, v_settings) end;
  end if;
  if private.is_free_stopped(v_settings) then
    v_settings.class_weights := v_settings.class_weights || '{"free": 0, "anon": 0}';
  end if;
  select * into v_needs from private.needs_served(p_worker, p_facts, p_ahead);
  for v_class in select * from private.draw_classes(v_settings.class_weights) loop
    v_job := private.take_from_class((v_class, (v_settings.running_caps ->> v_class::text)::int, v_needs.templates,
      v_needs.trusts, coalesce(p_warm, '{}'), v_settings.warm_patience_s * interval '1 s', p_worker)::private.claim_wish);
    exit when v_job.id is not null;
  end loop;
  return v_job;
end
$$;

create or replace function private.lock_head(p_owner uuid, p_wish private.claim_wish)
 RETURNS public.jobs
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_bitmapscan TO 'off'
 SET enable_sort TO 'off'
AS $$
declare
  v_need record;
  v_job public.jobs;
begin
  for v_need in select h.template, h.min_trust from private.lane_heads(p_owner, p_wish) h loop
    select * into v_job from public.jobs j
    where j.owner = p_owner and j.lane = p_wish.class and j.status = 'queued'
      and j.mode || '/' || j.variant = v_need.template and j.min_trust = v_need.min_trust
      and (j.attempts = 0 or not private.suits_others(j, p_wish.worker))
    order by j.id limit 1 for update skip locked;
    exit when found;
  end loop;
  if v_job.id is null then
    return null;
  end if;
  perform from public.queue_lanes l
  where l.owner = p_owner and l.class = p_wish.class and l.running < p_wish.running_cap for update;
  return case when found then v_job end;
end
$$;

-- Whether this box failed or lost the job just now and another that has not could take it. A while only, so that nobody
-- waits for one that never does; a clock that was set back ends the while.
create function private.suits_others(p_job public.jobs, p_worker uuid) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return clock_timestamp() - p_job.stage_at
      between interval '0' and (select s.box_elsewhere_s from public.settings s) * interval '1 s'
    and exists (
      select from public.job_attempts a
      where a.job_id = p_job.id and a.worker_id = p_worker and a.outcome is distinct from 'drained')
    and exists (
      select from private.live_workers() v
      where v.id <> p_worker and v.templates ? (p_job.mode || '/' || p_job.variant) and v.trust >= p_job.min_trust
        and not exists (
          select from public.job_attempts a
          where a.job_id = p_job.id and a.worker_id = v.id and a.outcome is distinct from 'drained'));
end
$$;
