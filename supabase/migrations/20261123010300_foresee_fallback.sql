-- What a provider takes for an image is measured as what a box takes, so that whoever is rendered there is told p50 and
-- p90 too, before and after it is claimed; and nobody is sent to a provider that would take longer than our own queue.
-- An operator may state that images of further modes may be sold.
alter table public.settings add column fallback_sells text[] not null default '{}';
comment on column public.settings.fallback_sells is 'Modes whose provider images may be sold, by the operator''s word, whatever the offers say.';

create table private.provider_times (
  provider text not null,
  template text not null,
  n int not null,
  last_at timestamptz not null,
  p50 int not null,
  p90 int not null,
  primary key (provider, template)
);
alter table private.provider_times enable row level security;
comment on table private.provider_times is 'From claim to end of a provider''s last 200 successes, milliseconds.';

-- Offers as the operator has them: what he says may be sold, is.
create function private.sold_offers(p_settings public.settings, p_offers jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  if cardinality(p_settings.fallback_sells) = 0 then
    return p_offers;
  end if;
  return (
    select coalesce(jsonb_object_agg(o.key, case when split_part(o.key, '/', 1) = any (p_settings.fallback_sells)
      then o.value || '{"sells": true}' else o.value end), '{}')
    from jsonb_each(p_offers) o);
end
$$;

-- Providers' workers that would take a job of this template now: allowed, online, the circuit not open.
create function private.offering(p_template text, p_min_trust public.worker_trust, p_sold boolean)
returns table (provider text, parallel int)
language plpgsql stable set search_path = '' as $$
begin
  return query
  select w.capabilities -> 'provider' ->> 'name', coalesce((w.capabilities -> 'provider' ->> 'parallel')::int, 1)
  from public.workers w join public.worker_keys k on k.id = w.key_id, public.settings s
  where k.trust = 'provider' and s.provider_fallback and s.min_trust <= 'community' and p_min_trust <= 'community'
    and not private.saves(s, 'fallback_off') and w.active_at > now() - interval '45 s' and not w.draining
    and w.quarantined_at is null and w.revoked_at is null and k.revoked_at is null and k.quarantined_at is null and w.capabilities -> 'provider' -> 'offers' ? p_template
    and (not coalesce(p_sold, false) or coalesce(
      (private.sold_offers(s, w.capabilities -> 'provider' -> 'offers') -> p_template ->> 'sells')::boolean, false))
    and private.circuit(s, w.capabilities -> 'provider' ->> 'name') <> 'open';
end
$$;

-- Milliseconds until the silence of boxes is a reason; 0 where none is needed. `p_since`: the press.
create function private.silence_left_ms(p_template text, p_min_trust public.worker_trust, p_since timestamptz)
returns double precision
language plpgsql stable set search_path = '' as $$
declare
  v_settings public.settings;
  v_heard timestamptz;
begin
  select * into v_settings from public.settings;
  if v_settings.fallback_always then
    return 0;
  end if;
  select max(w.active_at) into v_heard
  from public.workers w join public.worker_keys k on k.id = w.key_id
  where w.active_at > now() - interval '1 day' and not w.draining and w.quarantined_at is null
    and w.revoked_at is null and k.revoked_at is null and k.quarantined_at is null
    and k.trust <> 'provider' and k.trust >= greatest(p_min_trust, v_settings.min_trust)
    and w.capabilities -> 'templates' ? p_template;
  return greatest(0, private.gap_ms(clock_timestamp(),
    greatest(p_since, v_heard) + private.silence(v_settings, p_template)));
end
$$;

-- When a provider will have made it: what runs there and waits before it, over its parallel places, but not before it
-- may go there at all. Null while nothing was measured.
create function private.provider_eta(p_template text, p_min_trust public.worker_trust, p_ahead int, p_wish jsonb,
  out p50 double precision, out p90 double precision)
language plpgsql stable set search_path = '' as $$
declare
  v_times private.provider_times;
  v_places int;
  v_slots double precision[];
  v_wait double precision;
begin
  select sum(o.parallel) into v_places
  from private.offering(p_template, p_min_trust, (p_wish ->> 'sold')::boolean) o;
  select t.* into v_times from private.provider_times t
  where t.template = p_template and v_places > 0 order by t.last_at desc limit 1;
  if not found then
    return;
  end if;
  v_slots := array(
    select greatest(v_times.p50 - private.gap_ms(a.claimed_at, clock_timestamp()), 0)
    from public.worker_keys k
    join public.workers w on w.key_id = k.id
    join public.jobs j on j.worker_id = w.id and j.status = 'running'
    join public.job_attempts a on a.job_id = j.id and a.epoch = j.epoch
    where k.trust = 'provider' order by a.claimed_at desc limit v_places);
  v_slots := v_slots || array_fill(0::double precision, array[greatest(0, v_places - cardinality(v_slots))]);
  v_wait := private.wait_ms(v_slots, coalesce(p_ahead, 0), v_times.p50);
  p50 := greatest(v_wait, private.silence_left_ms(p_template, p_min_trust,
    coalesce((p_wish ->> 'since')::timestamptz, clock_timestamp()))) + v_times.p50;
  p90 := p50 + (v_times.p90 - v_times.p50) * sqrt(1 + coalesce(p_ahead, 0)::double precision / v_places);
end
$$;

-- What providers would take beside a job of this template, where no box of ours is up for it.
create function private.provider_rivals(p_template text, p_min_trust public.worker_trust,
  out templates text[], out trusts public.worker_trust[])
language plpgsql stable set search_path = '' as $$
begin
  if not exists (select from private.offering(p_template, p_min_trust, false)) then
    return;
  end if;
  select array_agg(r.t), array_agg(r.m) into templates, trusts
  from (
    select distinct t, m
    from public.workers w join public.worker_keys k on k.id = w.key_id,
      jsonb_object_keys(w.capabilities -> 'provider' -> 'offers') t,
      unnest(enum_range(null::public.worker_trust, 'community')) m
    where k.trust = 'provider' and w.active_at > now() - interval '45 s' and not w.draining
      and w.revoked_at is null and k.revoked_at is null and k.quarantined_at is null) r;
end
$$;
CREATE OR REPLACE FUNCTION private.find_fallback_job(p_worker uuid, p_facts private.worker_facts, p_settings public.settings)
 RETURNS public.jobs
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_provider jsonb;
  v_circuit text;
  v_at record;
  v_classes public.lane_class[];
  v_pick record;
  v_reason text;
  v_predict boolean;
  v_job public.jobs;
begin
  if p_facts.trust <> 'provider' or not p_settings.provider_fallback or p_settings.min_trust > 'community'
    or private.saves(p_settings, 'fallback_off')
  then
    return null;
  end if;
  v_provider := private.provider_of(p_worker);
  v_provider := v_provider || jsonb_build_object('offers', private.sold_offers(p_settings, v_provider -> 'offers'));
  v_circuit := private.circuit(p_settings, v_provider ->> 'name');
  -- One at a time: money and probes are decided by counting what runs. Who comes second asks again.
  if v_provider is null or v_circuit = 'open' or not pg_try_advisory_xact_lock(20261123, 25) then
    return null;
  end if;
  select * into v_at from private.at_providers();
  if v_circuit = 'probing' and v_at.running > 0 then
    return null;
  end if;
  v_classes := array(select * from private.draw_classes(p_settings.class_weights));
  if private.is_free_stopped(p_settings) then
    v_classes := array['paid'];
  end if;
  select p_settings.fallback_wait_s is not null and l.looked_at < clock_timestamp() - interval '5 s' into v_predict
  from private.fallback_look l;
  for v_pick in
    select f.pass, f.job, (p_settings.running_caps ->> o.class::text)::int as cap
    from unnest(v_classes) with ordinality o (class, turn),
      private.fallback_candidates(o.class, p_facts.templates, v_provider -> 'offers') with ordinality f (pass, job, nth)
    where f.pass = 0 or v_predict
    order by f.pass, o.turn, f.nth
  loop
    v_job := v_pick.job;
    continue when not private.covers(p_settings, v_at.usd_micros
      + (v_provider -> 'offers' -> (v_job.mode || '/' || v_job.variant) ->> 'usdMicros')::bigint);
    v_reason := private.fallback_reason(v_job, p_settings, v_pick.pass = 1);
    continue when v_reason is null;
    v_job := private.lock_fallback(v_job.id, v_pick.cap, v_provider ->> 'name', v_reason);
    if v_job.id is not null then
      return v_job;
    end if;
  end loop;
  if v_predict then
    update private.fallback_look set looked_at = clock_timestamp();
  end if;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION private.fallback_reason(p_job public.jobs, p_settings public.settings, p_predict boolean)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_eta numeric;
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
  if not p_predict or p_settings.fallback_wait_s is null then
    return null;
  end if;
  -- As the owner is told it, and only where a provider would be quicker.
  v_eta := (private.position(p_job) ->> 'eta_ms')::numeric;
  return case when v_eta > p_settings.fallback_wait_s * 1000 and v_eta > coalesce(
    (select min(t.p50) from private.provider_times t where t.template = v_template), 0) then 'wait' end;
end
$function$;

create function private.measure_providers(p_template text) returns void
language plpgsql set search_path = '' as $$
begin
  insert into private.provider_times as t (provider, template, n, last_at, p50, p90)
  select a.backend, p_template, count(*), max(a.ended_at),
    percentile_cont(0.5) within group (order by private.gap_ms(a.claimed_at, a.ended_at)),
    percentile_cont(0.9) within group (order by private.gap_ms(a.claimed_at, a.ended_at))
  from (
    select x.backend, x.claimed_at, x.ended_at from public.job_attempts x
    where x.template = p_template and x.outcome = 'succeeded' and x.backend <> 'comfy'
    order by x.ended_at desc limit 200) a
  group by a.backend
  on conflict (provider, template) do update
  set n = excluded.n, last_at = excluded.last_at, p50 = excluded.p50, p90 = excluded.p90;
end
$$;

CREATE OR REPLACE FUNCTION private.measure_times()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
AS $function$
declare
  v_template text := '';
begin
  loop
    select a.template into v_template from public.job_attempts a
    where a.outcome = 'succeeded' and a.template > v_template order by a.template limit 1;
    exit when not found;
    if (select a.ended_at from public.job_attempts a
        where a.outcome = 'succeeded' and a.template = v_template order by a.template, a.ended_at desc limit 1)
      > coalesce(greatest(
          (select t.last_at from private.eta_times t
           where t.template = v_template and t.steps is null and t.size is null and t.gpu is null),
          (select max(t.last_at) from private.provider_times t where t.template = v_template)), '-infinity')
    then
      perform private.measure_template(v_template);
      perform private.measure_providers(v_template);
      perform private.correct_template(v_template);
    end if;
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION private.queue_view(p_template text, p_min_trust public.worker_trust, p_ahead integer, p_wish jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_boxes int;
  v_warm boolean;
  v_gpu text;
  v_providers int := 0;
  v_starting int;
  v_times private.eta_times;
  v_hold record;
  v_start record;
  v_slots double precision[];
  v_wait double precision;
  v_p50 double precision;
  v_p90 double precision;
  v_factor private.eta_factors;
  v_away record;
begin
  select count(*), bool_or(w.warm @> array[p_wish ->> 'model_key']), case when count(distinct w.gpu) = 1 then min(w.gpu) end
  into v_boxes, v_warm, v_gpu
  from private.live_workers() v join public.workers w on w.id = v.id
  where v.templates ? p_template and v.trust >= p_min_trust;
  if v_boxes = 0 then
    v_starting := private.starting_ms(p_template, p_min_trust);
    if not coalesce((p_wish ->> 'no_provider')::boolean, false) then
      select count(*) into v_providers
      from private.offering(p_template, p_min_trust, (p_wish ->> 'sold')::boolean);
    end if;
  end if;
  v_times := private.times_for(p_template, p_wish ->> 'model_key', (p_wish ->> 'steps')::int, (p_wish ->> 'pixels')::int, v_gpu);
  if v_times.template is not null and p_ahead is not null and (v_boxes > 0 or v_starting is not null) then
    select * into v_hold from private.usual_hold((private.rivals(p_template, p_min_trust)).templates, v_times);
    v_slots := case when v_boxes > 0 then private.slots(p_template, p_min_trust, v_times.hold50)
      else array[v_starting::double precision] end;
    v_wait := private.wait_ms(v_slots, p_ahead, v_hold.p50);
    select * into v_start from private.start_ms(v_times, coalesce(v_warm, false));
    v_p50 := v_wait + v_start.p50 + v_times.run50;
    -- Spreads of what happens one after the other add up as squares.
    v_p90 := v_p50 + sqrt((v_times.run90 - v_times.run50) ^ 2 + (v_start.p90 - v_start.p50) ^ 2
      + (v_hold.p90 - v_hold.p50) ^ 2 * (p_ahead::double precision / cardinality(v_slots) + (v_wait > 0)::int)
      + (coalesce(v_starting, 0) * 0.5) ^ 2);
    select * into v_factor from private.eta_factors f where f.template = p_template;
  end if;
  if v_providers > 0 and p_ahead is not null then
    select * into v_away from private.provider_eta(p_template, p_min_trust, p_ahead, p_wish);
    if v_away.p50 < coalesce(v_p50, 'infinity') then
      v_p50 := v_away.p50;
      v_p90 := v_away.p90;
      v_factor := null;
    end if;
  end if;
  return jsonb_build_object('ahead', p_ahead, 'workers_online', v_boxes + v_providers,
    'eta_ms', round(v_p50 * coalesce(v_factor.p50, 1)),
    'p90_ms', round(greatest(v_p90 * coalesce(v_factor.p90, 1), v_p50 * coalesce(v_factor.p50, 1))),
    'raw_p50_ms', round(v_p50), 'raw_p90_ms', round(v_p90),
    'starting_ms', v_starting, 'warm', case when p_wish ? 'model_key' then v_warm end, 'fallback', v_providers > 0);
end
$function$;

CREATE OR REPLACE FUNCTION private.count_ahead(p_owner uuid, p_class public.lane_class, p_template text, p_min_trust public.worker_trust, p_job uuid)
 RETURNS integer
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_rivals record;
  v_weights jsonb := (select s.class_weights from public.settings s);
  v_own int;
  v_since timestamptz;
  v_ahead int;
begin
  select * into v_rivals from private.rivals(p_template, p_min_trust);
  if v_rivals.templates is null and not exists (
    select from public.profiles p where p.id = p_owner and p.refuse_provider)
  then
    select * into v_rivals from private.provider_rivals(p_template, p_min_trust);
  end if;
  if v_rivals.templates is null then
    return 0;
  end if;
  v_own := private.count_lane(p_owner, p_class, v_rivals.templates, v_rivals.trusts, 1000, p_job);
  v_since := coalesce(
    (select l.last_served_at from public.queue_lanes l
     where l.owner = p_owner and l.class = p_class and l.queued > 0), 'infinity');
  v_ahead := v_own + private.count_turns(p_owner, p_class, v_rivals.templates, v_rivals.trusts, v_own, v_since);
  return v_ahead + coalesce((
    select sum(private.count_class(c, v_rivals.templates, v_rivals.trusts, least(100000, floor(
      (v_ahead + 1) * (v_weights ->> c::text)::real / nullif((v_weights ->> p_class::text)::real, 0)))::int))
    from unnest(enum_range(null::public.lane_class)) c where c <> p_class), 0);
end
$function$;

CREATE OR REPLACE FUNCTION private.wish_of(p_job public.jobs)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  return jsonb_build_object('model_key', p_job.model_key, 'steps', p_job.steps, 'pixels', private.spec_pixels(p_job.id),
    'sold', p_job.purse = 'credits', 'since', p_job.created_at, 'no_provider', exists (select from public.profiles p where p.id = p_job.owner and p.refuse_provider)
      or coalesce((p_job.remote ->> 'refused')::boolean, false));
end
$function$;

CREATE OR REPLACE FUNCTION private.waits_for(p_job public.jobs)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_settings public.settings;
begin
  select * into v_settings from public.settings;
  return case
    when p_job.status <> 'queued' then null
    when v_settings.dispatch_paused then 'operator'
    when private.is_cap_spent(v_settings) or (p_job.lane <> 'paid' and private.is_free_stopped(v_settings))
      then 'midnight'
    when not exists (
      select from private.live_workers() w
      where w.templates ? (p_job.mode || '/' || p_job.variant) and w.trust >= p_job.min_trust)
      and ((private.wish_of(p_job) ->> 'no_provider')::boolean
        or not exists (select from private.offering(
          p_job.mode || '/' || p_job.variant, p_job.min_trust, p_job.purse = 'credits'))) then 'no_worker'
  end;
end
$function$;

create function private.rest_away(p_attempt public.job_attempts) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_past double precision := private.gap_ms(p_attempt.claimed_at, clock_timestamp());
  v_p50 double precision;
  v_p90 double precision;
begin
  select t.p50 - v_past, t.p90 - v_past into v_p50, v_p90 from private.provider_times t
  where t.provider = p_attempt.backend and t.template = p_attempt.template and t.p90 > v_past;
  return jsonb_build_object('eta_ms', round(case when v_p50 < 0 then v_p90 / 2 else v_p50 end), 'p90_ms', round(v_p90));
end
$$;

CREATE OR REPLACE FUNCTION private.rest_view(p_job public.jobs)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_now timestamptz := clock_timestamp();
  v_attempt public.job_attempts;
  v_times private.eta_times;
  v_start record;
  v_past double precision;
  v_p50 double precision;
  v_p90 double precision;
begin
  select * into v_attempt from public.job_attempts a where a.job_id = p_job.id and a.epoch = p_job.epoch;
  if v_attempt.backend <> 'comfy' then
    return private.rest_away(v_attempt);
  end if;
  v_times := private.times_for(v_attempt.template, v_attempt.model_key, v_attempt.steps, v_attempt.pixels, v_attempt.gpu);
  if v_times.template is null then
    return jsonb_build_object('eta_ms', null, 'p90_ms', null);
  end if;
  if p_job.stage = 'saving' and v_attempt.saving_at is not null then
    v_p50 := greatest(v_times.tail50 - private.gap_ms(v_attempt.saving_at, v_now), 0);
    v_p90 := v_p50 + v_times.tail50;
  elsif p_job.stage = 'sampling' and p_job.step * 10 >= p_job.steps and p_job.step > 0 then
    v_p50 := greatest(private.hold_left(p_job), 0) + v_times.tail50;
    v_p90 := v_p50 + (v_times.run90 - v_times.run50) * (1 - p_job.step::real / p_job.steps);
  else
    select * into v_start from private.start_ms(v_times, coalesce(v_attempt.warm, false));
    v_past := case
      when p_job.ahead then -(
        select coalesce(sum(greatest(0, private.hold_left(j))), 0) from public.jobs j
        where j.worker_id = p_job.worker_id and j.status = 'running' and j.id <> p_job.id)
      else private.gap_ms(case when v_attempt.ahead then coalesce(v_attempt.began_at, v_now) else v_attempt.claimed_at end, v_now)
      end;
    v_p50 := v_start.p50 + v_times.run50 - v_past;
    v_p90 := v_p50 + sqrt((v_times.run90 - v_times.run50)::real ^ 2 + (v_start.p90 - v_start.p50)::real ^ 2);
    if v_p90 < 0 then
      v_p50 := null;
      v_p90 := null;
    elsif v_p50 < 0 then
      v_p50 := v_p90 / 2;
    end if;
  end if;
  return jsonb_build_object('eta_ms', round(v_p50), 'p90_ms', round(v_p90));
end
$function$;

CREATE OR REPLACE FUNCTION public.quote(p_owner uuid, p_anonymous boolean, p_buckets jsonb, p_template text, p_count integer, p_price integer, p_wish jsonb DEFAULT '{}'::jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_free record;
  v_account public.accounts;
  v_open int := private.open_jobs(p_owner);
  v_cap int := private.open_cap(p_anonymous);
  v_purse public.job_purse;
  v_refusal text;
begin
  select * into v_free from private.free_left(p_owner, p_buckets);
  select * into v_account from public.accounts a where a.owner = p_owner;
  v_purse := private.true_purse(v_free.left_now, p_count);
  v_refusal := private.why_not(p_count, v_open, v_cap, v_purse, v_free.day_cap, coalesce(v_account.balance, 0), p_price);
  if v_refusal in ('FREE_LIMIT_REACHED', 'PURSE_EMPTY') and v_free.stopped then
    v_refusal := 'FREE_PAUSED';
  end if;
  if v_refusal in ('FREE_LIMIT_REACHED', 'FREE_PAUSED') then
    v_purse := 'free';
  end if;
  return jsonb_build_object(
    'purse', v_purse, 'price', case v_purse when 'free' then p_count else p_price end, 'refusal', v_refusal,
    'free', jsonb_build_object('left', v_free.left_now, 'cap', v_free.day_cap, 'resets_at', private.next_utc_day(),
      'shared', v_free.shared),
    'credits', jsonb_build_object('balance', coalesce(v_account.balance, 0), 'held', coalesce(v_account.held, 0)),
    'jobs', jsonb_build_object('open', v_open, 'cap', v_cap),
    'queue', case when p_template is null then '{"ahead": null, "workers_online": 0, "eta_ms": null, "p90_ms": null, "starting_ms": null, "warm": null, "fallback": false}'::jsonb else
      private.queue_view(p_template, 'provider', private.count_ahead(p_owner,
        case when v_purse = 'credits' then 'paid' when p_anonymous then 'anon' else 'free' end::public.lane_class,
        p_template, 'provider', null), p_wish || jsonb_build_object('sold', v_purse = 'credits', 'no_provider', exists (
          select from public.profiles p where p.id = p_owner and p.refuse_provider))) end);
end
$function$;

-- What was promised of a provider corrects no promise about boxes.

CREATE OR REPLACE FUNCTION private.keep_promises(p_jobs jsonb, p_positions jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  insert into public.eta_promises (job_id, template, p50_ms, p90_ms, raw_p50_ms, raw_p90_ms, facts)
  select (p ->> 'id')::uuid, (j ->> 'mode') || '/' || (j ->> 'variant'), private.int_ms((p ->> 'eta_ms')::numeric),
    private.int_ms((p ->> 'p90_ms')::numeric), private.int_ms((p ->> 'raw_p50_ms')::numeric),
    private.int_ms((p ->> 'raw_p90_ms')::numeric),
    jsonb_build_object('ahead', p -> 'ahead', 'workers', p -> 'workers_online', 'warm', p -> 'warm',
      'starting_ms', p -> 'starting_ms', 'fallback', p -> 'fallback', 'model', j -> 'model_key', 'steps', j -> 'steps')
  from jsonb_array_elements(p_positions) p join jsonb_array_elements(p_jobs) j on j ->> 'id' = p ->> 'id'
  where p ->> 'eta_ms' is not null
  on conflict (job_id) do nothing;
end
$function$;

CREATE OR REPLACE FUNCTION private.correct_template(p_template text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  delete from public.eta_promises p
  where p.template = p_template and p.actual_ms is not null and p.promised_at < now() - interval '30 days';
  insert into private.eta_factors as f (template, n, p50, p90)
  select p_template, count(*),
    least(3, greatest(0.5, percentile_cont(0.5) within group (order by r.actual_ms::real / greatest(r.raw_p50_ms, 1)))),
    least(3, greatest(0.5, percentile_cont(0.9) within group (order by r.actual_ms::real / greatest(r.raw_p90_ms, 1))))
  from (
    select p.actual_ms, p.raw_p50_ms, p.raw_p90_ms from public.eta_promises p
    where p.template = p_template and p.actual_ms is not null and not coalesce((p.facts ->> 'fallback')::boolean, false)
    order by p.promised_at desc limit 100) r
  having count(*) >= 20
  on conflict (template) do update set n = excluded.n, p50 = excluded.p50, p90 = excluded.p90;
end
$function$;

CREATE OR REPLACE FUNCTION private.take_backend()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  new.backend := coalesce(private.provider_of(new.worker_id) ->> 'name', new.backend);
  if new.backend <> 'comfy' then
    select t.p50, t.p90 into new.promised_p50_ms, new.promised_p90_ms from private.provider_times t
    where t.provider = new.backend and t.template = new.template;
  end if;
  return new;
end
$function$;

drop function private.live_providers(text, public.worker_trust);
