-- Where a job stands, when it will be done, and what a press would cost now. Estimates only; nothing is locked.
-- Counting is exact near the front; beyond 100 lanes or jobs the counters of the lanes stand in for the jobs, so that
-- an answer costs the same behind a queue of any depth.
create function private.live_workers() returns table (id uuid, templates jsonb, trust public.worker_trust)
language plpgsql stable set search_path = '' as $$
begin
  return query
  select w.id, w.capabilities -> 'templates', k.trust
  from public.workers w join public.worker_keys k on k.id = w.key_id, public.settings s
  where w.last_seen > now() - interval '45 s' and not w.draining and w.revoked_at is null and k.revoked_at is null
    and k.trust >= s.min_trust and (k.trust <> 'provider' or s.provider_fallback);
end
$$;

-- p50 of the last 50 successful attempts, milliseconds from claim to done on database time; null while there is none.
create function private.typical_ms(p_template text) returns numeric
language plpgsql stable set search_path = '' as $$
begin
  return (
    select percentile_cont(0.5) within group (order by extract(epoch from a.ended_at - a.claimed_at) * 1000)
    from (
      select x.claimed_at, x.ended_at from public.job_attempts x
      where x.template = p_template and x.outcome = 'succeeded' order by x.ended_at desc limit 50
    ) a);
end
$$;

-- What the live workers that can run `p_template` can run besides: only such jobs compete with it.
create function private.rival_templates(p_template text) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(select distinct jsonb_array_elements_text(w.templates)
               from private.live_workers() w where w.templates ? p_template);
end
$$;

-- Runnable jobs of one lane, counted no further than `p_limit`. `p_before`: only those older than this job.
-- Ordered, and without sorting, so that the index of queued jobs is the way (see claim_job).
create function private.count_lane(p_owner uuid, p_class public.lane_class, p_templates text[], p_limit int,
  p_before uuid default null) returns int
language plpgsql stable set search_path = '' set enable_bitmapscan = off set enable_sort = off as $$
begin
  return (select count(*) from (
    select from public.jobs j
    where j.owner = p_owner and j.lane = p_class and j.status = 'queued'
      and j.mode || '/' || j.variant = any (p_templates) and (p_before is null or j.id < p_before)
    order by j.id limit p_limit) c);
end
$$;

-- Jobs of the other lanes of a class that go before a lane which stands at `p_since` and has `p_own` jobs of its own to
-- be served first: lanes take turns, so each of them lets that many pass, and one more when it stands further ahead.
create function private.count_turns(p_owner uuid, p_class public.lane_class, p_templates text[], p_own int,
  p_since timestamptz) returns int
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(sum(case
      when l.place <= 100 then private.count_lane(l.owner, p_class, p_templates, l.turns)
      else least(l.queued, l.turns) end), 0)
    from (
      select x.owner, x.queued, row_number() over (order by x.last_served_at) as place,
        p_own + case when x.last_served_at < p_since then 1 else 0 end as turns
      from public.queue_lanes x
      where x.class = p_class and x.queued > 0 and x.owner is distinct from p_owner
    ) l
    where l.turns > 0);
end
$$;

-- Jobs of another class, no further than `p_limit`: as many as its weight lets pass meanwhile.
create function private.count_class(p_class public.lane_class, p_templates text[], p_limit int) returns int
language plpgsql stable set search_path = '' as $$
begin
  if p_limit > 100 then
    return (select least(p_limit, sum(l.queued)) from public.queue_lanes l where l.class = p_class and l.queued > 0);
  end if;
  return (select count(*) from (
    select from public.queue_lanes l
    join public.jobs j on j.owner = l.owner and j.lane = l.class and j.status = 'queued'
      and j.mode || '/' || j.variant = any (p_templates)
    where l.class = p_class and l.queued > 0 limit p_limit) c);
end
$$;

-- Jobs served before `p_job`, or before a job not yet pressed when it is null. Without a live worker for it nothing is
-- served before it, and counting would read the whole queue for want of a match.
create function private.count_ahead(p_owner uuid, p_class public.lane_class, p_template text, p_job uuid) returns int
language plpgsql stable set search_path = '' as $$
declare
  v_templates text[] := private.rival_templates(p_template);
  v_weights jsonb := (select s.class_weights from public.settings s);
  v_own int;
  v_since timestamptz;
  v_ahead int;
begin
  if v_templates = '{}' then
    return 0;
  end if;
  v_own := private.count_lane(p_owner, p_class, v_templates, 1000, p_job);
  v_since := coalesce(
    (select l.last_served_at from public.queue_lanes l
     where l.owner = p_owner and l.class = p_class and l.queued > 0), 'infinity');
  v_ahead := v_own + private.count_turns(p_owner, p_class, v_templates, v_own, v_since);
  return v_ahead + coalesce((
    select sum(private.count_class(c, v_templates, least(100000, floor(
      (v_ahead + 1) * (v_weights ->> c::text)::real / nullif((v_weights ->> p_class::text)::real, 0)))::int))
    from unnest(enum_range(null::public.lane_class)) c where c <> p_class), 0);
end
$$;

create function private.queue_view(p_template text, p_min_trust public.worker_trust, p_ahead int) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_online int := (select count(*) from private.live_workers() v
    where v.templates ? p_template and v.trust >= p_min_trust);
begin
  return jsonb_build_object('ahead', p_ahead, 'workers_online', v_online, 'eta_ms',
    case when v_online > 0 then round(private.typical_ms(p_template) * (1 + p_ahead::numeric / v_online)) end);
end
$$;

create function private.position(p_job public.jobs) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_template text := p_job.mode || '/' || p_job.variant;
  v_left numeric;
begin
  if p_job.status = 'queued' then
    return private.queue_view(v_template, p_job.min_trust,
      private.count_ahead(p_job.owner, p_job.lane, v_template, p_job.id));
  end if;
  select private.typical_ms(v_template) - extract(epoch from clock_timestamp() - a.claimed_at) * 1000 into v_left
  from public.job_attempts a where a.job_id = p_job.id and a.epoch = p_job.epoch;
  return private.queue_view(v_template, p_job.min_trust, null)
    || jsonb_build_object('eta_ms', case when v_left is not null then round(greatest(v_left, 0)) end);
end
$$;

-- `ahead` is null once a job runs; then eta_ms is what is left of a typical attempt. Jobs that are over are left out.
create function public.queue_positions(p_jobs uuid[]) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('id', j.id) || private.position(j)), '[]')
    from public.jobs j where j.id = any (p_jobs) and j.status in ('queued', 'running'));
end
$$;

create function private.why_not(p_count int, p_open int, p_cap int, p_purse public.job_purse, p_free_cap int,
  p_balance int, p_price int) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_settings public.settings;
begin
  select * into v_settings from public.settings;
  return case
    when v_settings.intake_paused then 'INTAKE_PAUSED'
    when private.is_cap_spent(v_settings) then 'SPEND_CAP_REACHED'
    when p_open + p_count > p_cap then 'TOO_MANY_JOBS'
    when p_purse = 'credits' and p_balance < p_price then
      case when p_balance > 0 or p_free_cap = 0 then 'PURSE_EMPTY' else 'FREE_LIMIT_REACHED' end
  end;
end
$$;

-- What the button says. `p_price`: credits for the whole press. `p_template` null: only what is left is asked for, and
-- no queue is counted. Someone with no credits at all is told about the free
-- limit, in the units of free, rather than about a purse they never had.
create function public.quote(p_owner uuid, p_anonymous boolean, p_buckets jsonb, p_template text, p_count int,
  p_price int) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
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
  if v_refusal = 'FREE_LIMIT_REACHED' then
    v_purse := 'free';
  end if;
  return jsonb_build_object(
    'purse', v_purse, 'price', case v_purse when 'free' then p_count else p_price end, 'refusal', v_refusal,
    'free', jsonb_build_object('left', v_free.left_now, 'cap', v_free.day_cap, 'resets_at', private.next_utc_day(),
      'shared', v_free.shared),
    'credits', jsonb_build_object('balance', coalesce(v_account.balance, 0), 'held', coalesce(v_account.held, 0)),
    'jobs', jsonb_build_object('open', v_open, 'cap', v_cap),
    'queue', private.queue_view(p_template, 'provider', case when p_template is not null then
      private.count_ahead(p_owner,
        case when v_purse = 'credits' then 'paid' when p_anonymous then 'anon' else 'free' end::public.lane_class,
        p_template, null)
    end));
end
$$;

grant execute on function public.queue_positions, public.quote to service_role;
