-- Fallback: a provider renders what no box of ours would in time. A provider's worker holds a key of trust `provider` and
-- says in its session what it offers ({name, offers: {"mode/variant": {usdMicros, sells}}}). It is given a job only when
-- the operator allows it, the owner does, nobody asked for more trust than any rented box has, the day's money covers
-- the price of this and of everything providers are at, and for a reason that is written on the job.
alter table public.settings
  add column fallback_always boolean not null default false,
  add column fallback_silence_s int check (fallback_silence_s >= 0),
  add column fallback_wait_s int check (fallback_wait_s > 0) default 300,
  add column fallback_failures int not null default 3 check (fallback_failures > 0),
  add column fallback_window_s int not null default 600 check (fallback_window_s > 0),
  add column fallback_pause_s int not null default 300 check (fallback_pause_s >= 0);
comment on column public.settings.fallback_always is 'Providers render whatever they may, boxes or no boxes: the reason `asked`.';
comment on column public.settings.fallback_silence_s is 'No box for this long: `silent`. Null = the p90 of measured cold starts.';
comment on column public.settings.fallback_wait_s is 'A predicted time to the image beyond this: `wait`. Null = never for that.';
comment on column public.settings.fallback_failures is 'Failures of a provider within fallback_window_s, none of its successes after them, that open its circuit.';
comment on column public.settings.fallback_pause_s is 'Time since the last failure after which one job probes an open circuit.';
comment on column public.settings.min_trust is 'Least trust of a box. Providers are compared by provider_fallback instead, and kept out above `community`.';
comment on column public.jobs.remote is 'The provider''s part: {provider, reason, epoch} when it took the job, {id, deadline, posted_at, paid_epoch} of its prediction. Counts while its epoch is the job''s; {refused} = not for a provider again.';

create index job_attempts_providers on public.job_attempts (backend, ended_at) where backend <> 'comfy';

-- What the session of a worker says of its provider; null for a box, whatever that says.
create function private.provider_of(p_worker uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select w.capabilities -> 'provider' from public.workers w join public.worker_keys k on k.id = w.key_id
    where w.id = p_worker and k.trust = 'provider' and jsonb_typeof(w.capabilities -> 'provider') = 'object');
end
$$;

create function private.take_backend() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.backend := coalesce(private.provider_of(new.worker_id) ->> 'name', new.backend);
  return new;
end
$$;
create trigger take_backend before insert on public.job_attempts for each row execute function private.take_backend();

-- `closed`: may take jobs. `open`: it failed too often lately. `probing`: one job at a time may find out.
create function private.circuit(p_settings public.settings, p_provider text) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_since timestamptz := clock_timestamp() - greatest(p_settings.fallback_window_s, p_settings.fallback_pause_s) * interval '1 s';
  v_failures int;
  v_last timestamptz;
begin
  select count(*), max(f.ended_at) into v_failures, v_last
  from public.job_attempts f
  where f.backend = p_provider and f.ended_at > v_since and f.outcome = 'failed'
    and f.error_code in ('ENGINE_ERROR', 'ENGINE_UNREACHABLE', 'STAGE_TIMEOUT', 'OUTPUT_EMPTY', 'OUTPUT_CORRUPT')
    and not exists (
      select from public.job_attempts s
      where s.backend = p_provider and s.outcome = 'succeeded' and s.ended_at > f.ended_at);
  return case
    when v_failures < p_settings.fallback_failures then 'closed'
    when v_last > clock_timestamp() - p_settings.fallback_pause_s * interval '1 s' then 'open'
    else 'probing' end;
end
$$;

-- Attempts that providers are at, and what they will cost at most, millionths of a dollar.
create function private.at_providers(out running int, out usd_micros bigint)
language plpgsql stable set search_path = '' as $$
begin
  select count(*), coalesce(sum(case when a.cost_usd_micros is null then
      (w.capabilities -> 'provider' -> 'offers' -> a.template ->> 'usdMicros')::bigint end), 0)
  into running, usd_micros
  from public.worker_keys k
  join public.workers w on w.key_id = k.id
  join public.jobs j on j.worker_id = w.id and j.status = 'running'
  join public.job_attempts a on a.job_id = j.id and a.epoch = j.epoch
  where k.trust = 'provider';
end
$$;

-- Longest a box for this may take from being asked for to its first claim, as nine in ten did.
create function private.silence(p_settings public.settings, p_template text) returns interval
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(p_settings.fallback_silence_s * interval '1 s', (
    select max(private.cold_start_ms(p.name, 0.9)) from public.capacity_pools p
    where p_template = any (p.templates) and p.seen_at > now() - interval '7 days'
  ) * interval '1 ms', p_settings.capacity_cold_ms * interval '1 ms');
end
$$;

-- Why a provider may render this queued job now; null when it may not. Every press rings for boxes, so the silence of
-- boxes counts from then, or from the last word of one that could have run it.
create function private.fallback_reason(p_job public.jobs, p_settings public.settings) returns text
language plpgsql stable set search_path = '' as $$
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
  where w.last_seen > now() - interval '1 day' and not w.draining and w.revoked_at is null and k.revoked_at is null
    and k.trust <> 'provider' and k.trust >= greatest(p_job.min_trust, p_settings.min_trust)
    and w.capabilities -> 'templates' ? v_template;
  if v_up = 0 then
    return case when greatest(p_job.created_at, v_heard) <= clock_timestamp() - private.silence(p_settings, v_template)
      then 'silent' end;
  end if;
  return case when (private.position(p_job) ->> 'eta_ms')::numeric > p_settings.fallback_wait_s * 1000 then 'wait' end;
end
$$;

-- Whether this job may be offered out at all; its owner's word is asked of the lane.
create function private.may_leave(p_job public.jobs, p_offers jsonb) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_offer jsonb := p_offers -> (p_job.mode || '/' || p_job.variant);
begin
  return v_offer is not null and p_job.min_trust <= 'community'
    and (p_job.purse = 'free' or coalesce((v_offer ->> 'sells')::boolean, false))
    and not coalesce((p_job.remote ->> 'refused')::boolean, false);
end
$$;

-- Locks the job and its lane, as a claim by a box does. A prediction that an earlier attempt started is passed on: its
-- image may be there already, and it is paid.
create function private.lock_fallback(p_job uuid, p_cap int, p_provider text, p_reason text) returns public.jobs
language plpgsql set search_path = '' as $$
declare
  v_job public.jobs;
begin
  select * into v_job from public.jobs j where j.id = p_job and j.status = 'queued' for update skip locked;
  if not found then
    return null;
  end if;
  perform from public.queue_lanes l where l.owner = v_job.owner and l.class = v_job.lane and l.running < p_cap for update;
  if not found then
    return null;
  end if;
  update public.jobs j
  set remote = case when j.remote ->> 'provider' = p_provider then coalesce(j.remote, '{}') else '{}' end
    || jsonb_build_object('provider', p_provider, 'reason', p_reason, 'epoch', j.epoch + 1)
  where j.id = p_job returning * into v_job;
  return v_job;
end
$$;

-- The locked queued job that this provider's worker may take now, its reason written on it, or null. For `find_job`,
-- which has looked at pauses, caps and room; it does not compare the trust of the settings, which is about boxes.
create function private.find_fallback_job(p_worker uuid, p_facts private.worker_facts, p_settings public.settings)
returns public.jobs
language plpgsql set search_path = '' as $$
declare
  v_provider jsonb;
  v_circuit text;
  v_at record;
  v_pick record;
  v_reason text;
  v_job public.jobs;
begin
  if p_facts.trust <> 'provider' or not p_settings.provider_fallback or p_settings.min_trust > 'community'
    or private.saves(p_settings, 'fallback_off')
  then
    return null;
  end if;
  v_provider := private.provider_of(p_worker);
  v_circuit := private.circuit(p_settings, v_provider ->> 'name');
  -- One at a time: money and probes are decided by counting what runs. Who comes second asks again.
  if v_provider is null or v_circuit = 'open' or not pg_try_advisory_xact_lock(20261123, 25) then
    return null;
  end if;
  select * into v_at from private.at_providers();
  if v_circuit = 'probing' and v_at.running > 0 then
    return null;
  end if;
  -- The oldest of each lane in the lanes' turn, and the newest of those served last, which wait longest.
  for v_pick in
    select c.job, c.cap from (
      (select head.job, (p_settings.running_caps ->> l.class::text)::int as cap, 0 as pass,
         array_position('{paid,free,anon}', l.class::text) as class, l.last_served_at - now() as turn
       from public.queue_lanes l
       cross join lateral (
         select j as job from public.jobs j
         where j.owner = l.owner and j.lane = l.class and j.status = 'queued'
           and j.mode || '/' || j.variant = any (p_facts.templates) and private.may_leave(j, v_provider -> 'offers')
         order by j.id limit 1) head
       where l.queued > 0 and not exists (select from public.profiles p where p.id = l.owner and p.refuse_provider)
       order by l.last_served_at limit 32)
      union all
      (select tail.job, (p_settings.running_caps ->> l.class::text)::int, 1,
         array_position('{paid,free,anon}', l.class::text), now() - l.last_served_at
       from public.queue_lanes l
       cross join lateral (
         select j as job from public.jobs j
         where j.owner = l.owner and j.lane = l.class and j.status = 'queued'
           and j.mode || '/' || j.variant = any (p_facts.templates) and private.may_leave(j, v_provider -> 'offers')
         order by j.id desc limit 1) tail
       where l.queued > 0 and not exists (select from public.profiles p where p.id = l.owner and p.refuse_provider)
       order by l.last_served_at desc limit 4)
    ) c order by c.pass, c.class, c.turn
  loop
    v_job := v_pick.job;
    continue when (v_job.lane <> 'paid' and private.is_free_stopped(p_settings))
      or not private.covers(p_settings, v_at.usd_micros
        + (v_provider -> 'offers' -> (v_job.mode || '/' || v_job.variant) ->> 'usdMicros')::bigint);
    v_reason := private.fallback_reason(v_job, p_settings);
    continue when v_reason is null;
    v_job := private.lock_fallback(v_job.id, v_pick.cap, v_provider ->> 'name', v_reason);
    if v_job.id is not null then
      return v_job;
    end if;
  end loop;
  return null;
end
$$;

-- Whether the day's cap has room for so much more, millionths of a dollar.
create function private.covers(p_settings public.settings, p_usd_micros bigint) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return p_settings.daily_cap_usd is null or p_settings.daily_cap_usd * 1000000 >= p_usd_micros
    + coalesce((select s.usd_micros from public.spend_days s where s.day = private.utc_day()), 0);
end
$$;

-- What the worker has to remember of its prediction for whoever comes after it: `id`, `deadline`, `posted_at`,
-- `paid_epoch`, or null for each to forget it; `refused` = the provider will not make this image.
create function public.note_remote(p_worker uuid, p_job uuid, p_epoch int, p_note jsonb) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_key text;
begin
  if (private.require_worker(p_worker)).trust <> 'provider' then
    perform private.refuse('FORBIDDEN');
  end if;
  select k into v_key from jsonb_object_keys(p_note) k
  where k not in ('id', 'deadline', 'posted_at', 'paid_epoch', 'refused') limit 1;
  if found then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('path', v_key));
  end if;
  perform private.lock_attempt(p_worker, p_job, p_epoch);
  update public.jobs j set remote = jsonb_strip_nulls(coalesce(j.remote, '{}') || p_note) where j.id = p_job;
end
$$;
grant execute on function public.note_remote to service_role;

-- As before, and by any worker of a provider for any attempt of one: who finds another's prediction books it there,
-- under the epoch that paid, so that it is booked once however often it is taken up.
create or replace function public.book_provider_cost(p_worker uuid, p_job uuid, p_epoch int, p_usd_micros bigint)
returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_before bigint;
begin
  if p_usd_micros is null or p_usd_micros < 0 then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('usd_micros', p_usd_micros));
  end if;
  if (private.require_worker(p_worker)).trust <> 'provider' then
    perform private.refuse('FORBIDDEN');
  end if;
  select coalesce(a.cost_usd_micros, 0) into v_before from public.job_attempts a
  where a.job_id = p_job and a.epoch = p_epoch and (a.worker_id = p_worker or a.backend <> 'comfy') for update;
  if not found then
    perform private.refuse('JOB_NOT_FOUND');
  end if;
  update public.job_attempts set cost_usd_micros = greatest(p_usd_micros, v_before)
  where job_id = p_job and epoch = p_epoch and cost_usd_micros is distinct from greatest(p_usd_micros, v_before);
  if p_usd_micros > v_before then
    perform private.book_spend(private.utc_day(), p_usd_micros - v_before);
  end if;
end
$$;

-- As before, with what is known of a prediction that this attempt may take up. Never for a box.
create or replace function private.claimed_view(p_job public.jobs) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_spec public.job_specs;
  v_inputs jsonb;
  v_mask jsonb;
begin
  select * into v_spec from public.job_specs s where s.job_id = p_job.id;
  select jsonb_agg(private.asset_facts(a) || i order by (i ->> 'order')::int, ord) into v_inputs
  from jsonb_array_elements(v_spec.inputs) with ordinality as e (i, ord)
  join public.assets a on a.id = (i ->> 'asset_id')::uuid;
  if v_spec.mask is not null then
    select private.asset_facts(a) || v_spec.mask into v_mask
    from public.assets a where a.id = (v_spec.mask ->> 'asset_id')::uuid;
  end if;
  return jsonb_build_object(
    'id', p_job.id, 'epoch', p_job.epoch, 'mode', p_job.mode, 'variant', p_job.variant,
    'model_key', p_job.model_key, 'lease_until', p_job.lease_until, 'inputs', coalesce(v_inputs, '[]'), 'mask', v_mask,
    'remote', case when (p_job.remote ->> 'epoch')::int = p_job.epoch then p_job.remote end,
    'spec', jsonb_build_object('prompt', v_spec.prompt, 'negative', v_spec.negative, 'creativity', v_spec.creativity,
      'chaos', v_spec.chaos, 'seed', v_spec.seed, 'params', v_spec.params, 'workflow_hash', v_spec.workflow_hash));
end
$$;

-- The person's own word: true = never render my images at an outside provider.
create function public.set_refuse_provider(p_owner uuid, p_refuse boolean) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  perform private.refuse('UNAUTHENTICATED') where exists (
    select from private.closed_accounts c where c.owner = p_owner);
  insert into public.profiles as p (id, refuse_provider) values (p_owner, p_refuse)
  on conflict (id) do update set refuse_provider = excluded.refuse_provider;
  return p_refuse;
end
$$;
grant execute on function public.set_refuse_provider to service_role;

-- As before; whether providers are allowed is the operator's too.
CREATE OR REPLACE FUNCTION public.change_settings(p_actor text, p_changes jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_known text[] := array(
    select c.attname from pg_catalog.pg_attribute c
    where c.attrelid = 'public.settings'::pg_catalog.regclass and c.attnum > 0 and not c.attisdropped
      and (c.attname in ('intake_paused', 'dispatch_paused', 'max_concurrent', 'daily_cap_usd', 'free_enabled', 'provider_fallback')
        or c.attname ~ '^(capacity|saving|fallback|eta)_')
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
$function$;
