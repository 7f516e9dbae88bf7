-- Boxes that lie, flood, replay or only break things: refused as ever, and now counted, told of, held back, quarantined
-- or revoked. Nothing here decides about a job: fences and checks do. This decides about boxes.
alter table private.eta_times add column id bigint generated always as identity primary key;

create table public.worker_refusals (
  worker_id uuid not null references public.workers (id) on delete cascade,
  reason text not null check (reason ~ '^[A-Z_]{3,40}$'),
  total bigint not null default 0,
  hour timestamptz not null,
  in_hour int not null default 0,
  last_at timestamptz not null default clock_timestamp(),
  primary key (worker_id, reason)
) with (fillfactor = 70);
comment on table public.worker_refusals is 'What a box was refused, by error code, besides: NOT_THEIRS (a job or epoch it never held), TIMING_ABSURD and REPORT_ABSURD (numbers set right).';
grant select on public.worker_refusals to service_role;
alter table public.worker_refusals enable row level security;

alter table public.workers
  add column streak int not null default 0,
  add column streak_owners uuid[] not null default '{}',
  add column releases int not null default 0,
  add column hold_until timestamptz not null default '-infinity',
  add column quarantined_at timestamptz;
comment on column public.workers.streak is 'Attempts in a row that it failed or lost, jobs apart that failed elsewhere too; a success ends it.';
comment on column public.workers.streak_owners is 'Whose jobs those were, each once.';
comment on column public.workers.releases is 'Jobs in a row that it handed back.';
comment on column public.workers.hold_until is 'Gets no job before: longer with every failure of a further owner''s job, and with every release beyond three.';
comment on column public.workers.quarantined_at is 'Gets no job until an operator lifts it.';

alter table public.settings
  add column box_refusals int not null default 60 check (box_refusals > 0),
  add column box_failures int not null default 5 check (box_failures > 1),
  add column box_instances int not null default 100 check (box_instances > 0);
comment on column public.settings.box_refusals is 'Refusals of one kind that a box may earn an hour before an alert; twenty times as many of those that honest boxes earn too.';
comment on column public.settings.box_failures is 'Owners whose jobs a box may fail in a row before it is quarantined.';
comment on column public.settings.box_instances is 'New boxes an hour that one key may bring.';

-- Whether this very worker was ever given this very attempt.
create function private.held(p_worker uuid, p_job uuid, p_epoch int) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select from public.job_attempts a where a.job_id = p_job and a.epoch = p_epoch and a.worker_id = p_worker);
end
$$;

create function private.stage_of(p_stage text) returns public.job_stage
language plpgsql stable set search_path = '' as $$
begin
  if p_stage is null or p_stage <> all (enum_range(null::public.job_stage)::text[]) then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('path', 'stage'));
  end if;
  return p_stage::public.job_stage;
end
$$;

create function private.open_box_alert(p_worker uuid, p_detail jsonb) returns void
language sql set search_path = '' as $$
  insert into public.alerts (kind, subject, detail)
  select 'box', p_worker::text, p_detail || jsonb_build_object('key', k.name, 'gpu', w.gpu)
  from public.workers w join public.worker_keys k on k.id = w.key_id where w.id = p_worker
  on conflict (kind, subject) where closed_at is null do update set detail = public.alerts.detail || excluded.detail
$$;

-- Lost jobs and late answers are refused to honest boxes too; only many of them are news.
create function private.note_refusal(p_worker uuid, p_reason text, p_count int default 1) returns void
language plpgsql set search_path = '' as $$
declare
  v_limit int := (select s.box_refusals from public.settings s)
    * case when p_reason in ('EPOCH_STALE', 'JOB_OVER', 'UPLOAD_MISSING', 'WORKER_REVOKED') then 20 else 1 end;
  v_count int;
begin
  insert into public.worker_refusals as r (worker_id, reason, total, hour, in_hour)
  select w.id, p_reason, p_count, date_trunc('hour', clock_timestamp()), p_count from public.workers w where w.id = p_worker
  on conflict (worker_id, reason) do update
  set total = r.total + p_count, hour = excluded.hour, last_at = clock_timestamp(),
    in_hour = case when r.hour = excluded.hour then r.in_hour else 0 end + p_count
  returning r.in_hour into v_count;
  if v_count >= v_limit and v_count - p_count < v_limit then
    perform private.open_box_alert(p_worker, jsonb_build_object(p_reason, v_count));
  end if;
end
$$;

-- What the server refused since it last said so: [{worker, reason, count}]. A refusal undoes its own transaction, so the
-- server counts it in another.
create function public.note_refusals(p_notes jsonb) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_note record;
begin
  for v_note in
    select (n ->> 'worker')::uuid as worker, n ->> 'reason' as reason, (n ->> 'count')::int as count
    from jsonb_array_elements(p_notes) n order by 1, 2
  loop
    perform private.note_refusal(v_note.worker, v_note.reason, v_note.count);
  end loop;
end
$$;
grant execute on function public.note_refusals to service_role;

create function private.is_held(p_worker uuid) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select from public.workers w
    where w.id = p_worker and (w.quarantined_at is not null or w.hold_until > clock_timestamp()));
end
$$;

-- An attempt of a box came to a good or a bad end. A job that another box failed too says nothing about this one, nor does
-- a provider's failure about a box (its circuit looks at those). Locks the worker, last.
create function private.note_end(p_worker uuid, p_job public.jobs, p_good boolean) returns void
language plpgsql set search_path = '' as $$
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
    return;
  end if;
  update public.workers w
  set hold_until = clock_timestamp() + least(60, greatest(
    case when cardinality(w.streak_owners) > 2 then 2 ^ (cardinality(w.streak_owners) - 3) else 0 end,
    case when w.streak > 9 then 2 ^ least(w.streak - 10, 6) else 0 end)) * interval '1 s'
  where w.id = p_worker and (cardinality(w.streak_owners) > 2 or w.streak > 9);
end
$$;

-- Another box made an image of a template of this one within a quarter of an hour: what breaks here is this box. While
-- nobody succeeds it may be us, and only twice as many failures are enough.
create function private.others_succeed(p_worker public.workers) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select from jsonb_array_elements_text(p_worker.capabilities -> 'templates') t
    cross join lateral (
      select a.worker_id from public.job_attempts a
      where a.template = t and a.outcome = 'succeeded' and a.ended_at > clock_timestamp() - interval '15 minutes'
      order by a.ended_at desc limit 20) a
    where a.worker_id <> p_worker.id);
end
$$;

create function private.note_release(p_worker uuid) returns void
language sql set search_path = '' as $$
  update public.workers w
  set releases = w.releases + 1,
    hold_until = case when w.releases >= 3
      then clock_timestamp() + least(60, 2 ^ least(w.releases - 3, 6)) * interval '1 s' else w.hold_until end
  where w.id = p_worker
$$;

-- What a box runs goes back at once, no attempt burned, its fence closed. What is locked at this moment is left to the
-- sweep: waiting for it here could close a circle.
create function private.take_back(p_worker uuid) returns int
language plpgsql set search_path = '' as $$
declare
  v_job public.jobs;
  v_count int := 0;
begin
  for v_job in
    select j.* from public.jobs j join public.queue_lanes l on l.owner = j.owner and l.class = j.lane
    where j.worker_id = p_worker and j.status = 'running' order by j.id for update of j, l skip locked
  loop
    perform private.close_attempt(v_job, 'drained', 'WORKER_LOST', 'the worker was revoked');
    perform private.send_cancel(v_job.id, v_job.epoch);
    perform private.requeue_job(v_job, false, false);
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;

create function private.take_back_revoked() returns void
language plpgsql set search_path = '' as $$
declare
  v_worker uuid;
begin
  for v_worker in
    select distinct w.id from public.jobs j join public.workers w on w.id = j.worker_id
    join public.worker_keys k on k.id = w.key_id
    where j.status = 'running' and (w.revoked_at is not null or k.revoked_at is not null)
  loop
    perform private.take_back(v_worker);
  end loop;
end
$$;

-- Idempotent. Every box that holds the key is refused from its next call on, and what it runs goes back now.
create or replace function public.revoke_worker_key(p_id uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
  update public.worker_keys set revoked_at = now() where id = p_id and revoked_at is null;
  if found then
    insert into public.audit_log (actor, action, subject) values ('operator', 'revoke_worker_key', p_id::text);
  end if;
  perform private.take_back(w.id) from public.workers w where w.key_id = p_id;
end
$$;

-- One box. Answers how many jobs it gave back.
create function public.revoke_worker(p_actor text, p_worker uuid) returns int
language plpgsql security definer set search_path = '' as $$
begin
  update public.workers set revoked_at = now() where id = p_worker and revoked_at is null;
  if found then
    insert into public.audit_log (actor, action, subject) values (p_actor, 'revoke_worker', p_worker::text);
  elsif not exists (select from public.workers w where w.id = p_worker) then
    perform private.refuse('NOT_FOUND', jsonb_build_object('worker', p_worker));
  end if;
  return private.take_back(p_worker);
end
$$;

create function public.lift_quarantine(p_actor text, p_worker uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
  update public.workers
  set quarantined_at = null, streak = 0, streak_owners = '{}', releases = 0, hold_until = '-infinity'
  where id = p_worker and quarantined_at is not null;
  if not found then
    perform private.refuse('NOT_FOUND', jsonb_build_object('worker', p_worker));
  end if;
  update public.alerts set closed_at = now() where kind = 'box' and subject = p_worker::text and closed_at is null;
  insert into public.audit_log (actor, action, subject) values (p_actor, 'lift_quarantine', p_worker::text);
  perform private.wake_workers();
end
$$;
grant execute on function public.revoke_worker, public.lift_quarantine to service_role;

-- As before, each with its part of the above.
CREATE OR REPLACE FUNCTION private.lock_attempt(p_worker uuid, p_job uuid, p_epoch integer)
 RETURNS public.jobs
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_job public.jobs;
begin
  select * into v_job from public.jobs j where j.id = p_job for update;
  if not found then
    perform private.refuse('JOB_NOT_FOUND');
  end if;
  if v_job.epoch <> p_epoch then
    perform private.refuse('EPOCH_STALE',
      jsonb_build_object('epoch', v_job.epoch, 'theirs', private.held(p_worker, p_job, p_epoch)));
  end if;
  if v_job.status in ('succeeded', 'failed', 'canceled') then
    perform private.refuse('JOB_OVER', jsonb_build_object('status', v_job.status, 'theirs', private.held(p_worker, p_job, p_epoch)));
  end if;
  if v_job.worker_id is distinct from p_worker then
    perform private.refuse('EPOCH_STALE',
      jsonb_build_object('epoch', v_job.epoch, 'theirs', private.held(p_worker, p_job, p_epoch)));
  end if;
  return v_job;
end
$function$;

CREATE OR REPLACE FUNCTION public.report_progress(p_job uuid, p_epoch integer, p_stage text, p_step integer, p_steps integer, p_progress real)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
  perform private.touch_worker(v_worker);
  return jsonb_build_object('over', v_over, 'drain', v_drain, 'busy', private.is_busy(), 'lease_until',
    case when v_over then now() else (select j.lease_until from public.jobs j where j.id = p_job) end);
end
$function$;

CREATE OR REPLACE FUNCTION public.complete_job(p_worker uuid, p_job uuid, p_epoch integer, p_assets jsonb, p_gpu_ms numeric, p_stage_ms jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_job public.jobs;
  v_answer jsonb;
  v_absurd boolean;
begin
  perform private.require_worker(p_worker);
  v_answer := private.ended_before(p_worker, p_job, p_epoch, 'succeeded');
  if v_answer is not null then
    return v_answer;
  end if;
  perform from public.jobs j where j.id = p_job for update;
  -- The same call may have been in flight twice: whoever waited here finds the work done.
  v_answer := private.ended_before(p_worker, p_job, p_epoch, 'succeeded');
  if v_answer is not null then
    return v_answer;
  end if;
  v_job := private.lock_attempt(p_worker, p_job, p_epoch);
  if p_gpu_ms is null or p_gpu_ms < 0 or p_gpu_ms = 'NaN' then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('path', 'gpu_ms'));
  end if;
  if not exists (select from jsonb_array_elements(p_assets) a where a ->> 'kind' in ('output', 'lora')) then
    perform private.refuse('OUTPUT_INVALID');
  end if;
  v_absurd := exists (
    select from public.job_attempts a where a.job_id = p_job and a.epoch = p_epoch
      and p_gpu_ms > private.gap_ms(a.claimed_at, clock_timestamp()) + 60000);
  perform private.add_outputs(v_job, p_assets);
  update public.job_attempts a
  set gpu_ms = least(p_gpu_ms, private.gap_ms(a.claimed_at, clock_timestamp())), stage_ms = p_stage_ms,
    pixels = coalesce((
      select (o ->> 'width')::int * (o ->> 'height')::int from jsonb_array_elements(p_assets) o
      where o ->> 'kind' = 'output' limit 1), a.pixels)
  where a.job_id = p_job and a.epoch = p_epoch;
  perform private.close_attempt(v_job, 'succeeded');
  perform private.finish_job(v_job, 'succeeded', 'capture');
  perform private.note_end(p_worker, v_job, true);
  if v_absurd then
    perform private.note_refusal(p_worker, 'TIMING_ABSURD');
  end if;
  perform private.touch_worker(p_worker);
  return jsonb_build_object('status', 'succeeded');
end
$function$;

CREATE OR REPLACE FUNCTION public.fail_job(p_worker uuid, p_job uuid, p_epoch integer, p_code text, p_retry boolean, p_detail text)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_job public.jobs;
  v_answer jsonb;
begin
  perform private.require_worker(p_worker);
  perform from public.jobs j where j.id = p_job for update;
  v_answer := private.ended_before(p_worker, p_job, p_epoch, 'failed');
  if v_answer is not null then
    return v_answer;
  end if;
  v_job := private.lock_attempt(p_worker, p_job, p_epoch);
  perform private.close_attempt(v_job, 'failed', p_code, left(p_detail, 2000));
  v_answer := private.fail_attempt(v_job, p_code, p_retry);
  perform private.note_end(p_worker, v_job, false);
  perform private.touch_worker(p_worker);
  return v_answer;
end
$function$;

CREATE OR REPLACE FUNCTION public.release_job(p_worker uuid, p_job uuid, p_epoch integer)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_job public.jobs;
  v_answer jsonb;
begin
  perform private.require_worker(p_worker);
  perform from public.jobs j where j.id = p_job for update;
  v_answer := private.ended_before(p_worker, p_job, p_epoch, 'drained');
  if v_answer is not null then
    return v_answer;
  end if;
  v_job := private.lock_attempt(p_worker, p_job, p_epoch);
  perform private.close_attempt(v_job, 'drained');
  if v_job.status = 'running' then
    perform private.requeue_job(v_job, false, false);
  else
    update public.jobs set worker_id = null, lease_until = null, attempts = attempts - (not ahead)::int, ahead = false
    where id = p_job;
  end if;
  perform private.note_release(p_worker);
  perform private.touch_worker(p_worker);
  return jsonb_build_object('status', 'queued');
end
$function$;

CREATE OR REPLACE FUNCTION private.end_overdue(p_job public.jobs)
 RETURNS text
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  if p_job.ahead then
    -- Silence may still be broken; a box that only sits on it is told to let go.
    if p_job.lease_until < clock_timestamp() then
      perform private.requeue_job(p_job, true, false);
    else
      perform private.close_attempt(p_job, 'drained', 'STAGE_TIMEOUT', 'held ahead too long');
      perform private.send_cancel(p_job.id, p_job.epoch);
      perform private.requeue_job(p_job, false, false);
    end if;
    return 'queued';
  end if;
  perform private.note_end(p_job.worker_id, p_job, false);
  if p_job.lease_until >= clock_timestamp() then
    perform private.close_attempt(p_job, 'failed', 'STAGE_TIMEOUT', 'stuck in ' || p_job.stage);
    perform private.send_cancel(p_job.id, p_job.epoch);
    return private.fail_attempt(p_job, 'STAGE_TIMEOUT', true) ->> 'status';
  end if;
  if p_job.attempts < (select k.max_attempts from public.job_kinds k where k.kind = p_job.kind) then
    perform private.requeue_job(p_job, true, true);
    return 'queued';
  end if;
  perform private.close_attempt(p_job, 'lost', 'WORKER_LOST', null, p_job.lease_until);
  perform private.finish_job(p_job, 'failed', 'release', 'WORKER_LOST');
  return 'failed';
end
$function$;

CREATE OR REPLACE FUNCTION private.find_job(p_worker uuid, p_facts private.worker_facts, p_warm text[], p_ahead boolean)
 RETURNS public.jobs
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
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
    or (p_ahead and private.holds_ahead(p_worker))
    or not private.has_room(v_settings)
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
      v_needs.trusts, coalesce(p_warm, '{}'), v_settings.warm_patience_s * interval '1 s')::private.claim_wish);
    exit when v_job.id is not null;
  end loop;
  return v_job;
end
$function$;

CREATE OR REPLACE FUNCTION private.live_workers()
 RETURNS TABLE(id uuid, templates jsonb, trust public.worker_trust)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  return query
  select w.id, w.capabilities -> 'templates', k.trust
  from public.workers w join public.worker_keys k on k.id = w.key_id, public.settings s
  where w.last_seen > now() - interval '45 s' and not w.draining and w.quarantined_at is null and w.revoked_at is null and k.revoked_at is null
    and k.trust <> 'provider' and k.trust >= s.min_trust;
end
$function$;

CREATE OR REPLACE FUNCTION public.worker_session(p_key_hash text, p_instance uuid, p_capabilities jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
  if not exists (select from public.workers w where w.id = p_instance) and (
    select count(*) from (
      select from public.workers w where w.key_id = v_key.id and w.first_seen > now() - interval '1 hour'
      limit (select s.box_instances from public.settings s)) n)
    >= (select s.box_instances from public.settings s)
  then
    perform private.refuse('RATE_LIMITED', jsonb_build_object('retry_after_s', 3600));
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
  set key_id = v_key.id, capabilities = p_capabilities, gpu = coalesce(p_capabilities ->> 'gpu', '')
  where id = p_instance;
  -- A box that was away was not alive: no rent is booked for the gap by the touch that follows.
  update public.workers set last_seen = clock_timestamp()
  where id = p_instance and last_seen < clock_timestamp() - interval '2 min';
  perform private.touch_worker(p_instance);
  return jsonb_build_object('worker_id', p_instance, 'trust', v_key.trust, 'pool', v_key.pool);
end
$function$;

CREATE OR REPLACE FUNCTION public.sweep()
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_jobs jsonb;
begin
  perform private.forget_networks();
  v_jobs := private.sweep_jobs();
  if not (v_jobs ->> 'skipped')::boolean then
    perform private.take_back_revoked();
    perform private.measure_times();
    perform private.count_depths();
  end if;
  return v_jobs || jsonb_build_object('expired_uploads', private.list_expired_uploads());
end
$function$;

-- Everything an operator looks at first, in one answer.
create function public.fleet_view() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
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
          w.revoked_at is not null or k.revoked_at is not null as revoked, w.quarantined_at, w.unfit_reason, w.streak,
          w.hold_until > now() as held, w.last_seen > now() - interval '45 s' as live,
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
grant execute on function public.fleet_view to service_role;
