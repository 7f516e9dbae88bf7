-- Where a job stands, when it will be done, and what a press would cost now. Estimates only; nothing is locked.
create function private.live_workers() returns table (id uuid, templates jsonb, trust public.worker_trust)
language sql stable set search_path = '' as $$
  select w.id, w.capabilities -> 'templates', k.trust
  from public.workers w join public.worker_keys k on k.id = w.key_id, public.settings s
  where w.last_seen > now() - interval '45 s' and not w.draining and w.revoked_at is null and k.revoked_at is null
    and k.trust >= s.min_trust and (k.trust <> 'provider' or s.provider_fallback)
$$;

-- p50 of the last 50 successful attempts, milliseconds from claim to done on database time; null while there is none.
create function private.typical_ms(p_template text) returns numeric
language sql stable set search_path = '' as $$
  select percentile_cont(0.5) within group (order by extract(epoch from a.ended_at - a.claimed_at) * 1000)
  from (
    select x.claimed_at, x.ended_at from public.job_attempts x
    where x.template = p_template and x.outcome = 'succeeded' order by x.ended_at desc limit 50
  ) a
$$;

-- Runnable jobs of one lane, counted no further than `p_limit`. `p_before`: only those older than this job.
create function private.count_lane(p_owner uuid, p_class public.lane_class, p_templates text[], p_limit int,
  p_before uuid default null) returns int
language sql stable set search_path = '' as $$
  select count(*)::int from (
    select from public.jobs j
    where j.owner = p_owner and j.lane = p_class and j.status = 'queued'
      and j.mode || '/' || j.variant = any (p_templates) and (p_before is null or j.id < p_before)
    limit p_limit) c
$$;

create function private.count_class(p_class public.lane_class, p_templates text[], p_limit int) returns int
language sql stable set search_path = '' as $$
  select count(*)::int from (
    select from public.queue_lanes l
    join public.jobs j on j.owner = l.owner and j.lane = l.class and j.status = 'queued'
      and j.mode || '/' || j.variant = any (p_templates)
    where l.class = p_class and l.queued > 0 limit least(p_limit, 2000)) c
$$;

-- What the live workers that can run `p_template` can run besides: only such jobs compete with it.
create function private.rival_templates(p_template text) returns text[]
language sql stable set search_path = '' as $$
  select array(select distinct jsonb_array_elements_text(w.templates)
               from private.live_workers() w where w.templates ? p_template)
$$;

-- Jobs served before the next one of this lane: its own older ones, round-robin over the other lanes of the class,
-- and from other classes as many as their weights let pass meanwhile. `p_job` null asks for a job not yet pressed.
create function private.count_ahead(p_owner uuid, p_class public.lane_class, p_template text, p_job uuid) returns int
language plpgsql stable set search_path = '' as $$
declare
  v_templates text[] := private.rival_templates(p_template);
  v_weights jsonb := (select s.class_weights from public.settings s);
  v_own int := coalesce(private.count_lane(p_owner, p_class, v_templates, 1000, p_job), 0);
  v_since timestamptz := coalesce(
    (select l.last_served_at from public.queue_lanes l
     where l.owner = p_owner and l.class = p_class and l.queued > 0), 'infinity');
  v_ahead int;
begin
  select v_own + coalesce(sum(
    private.count_lane(l.owner, p_class, v_templates, v_own + case when l.last_served_at < v_since then 1 else 0 end)), 0)
  into v_ahead
  from (
    select x.owner, x.last_served_at from public.queue_lanes x
    where x.class = p_class and x.queued > 0 and x.owner is distinct from p_owner
    order by x.last_served_at limit 1000
  ) l;
  return v_ahead + coalesce((
    select sum(private.count_class(c, v_templates,
      floor((v_ahead + 1) * (v_weights ->> c::text)::real / (v_weights ->> p_class::text)::real)::int))
    from unnest(enum_range(null::public.lane_class)) c where c <> p_class), 0);
end
$$;

create function private.queue_view(p_template text, p_min_trust public.worker_trust, p_ahead int) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('ahead', p_ahead, 'workers_online', w.online, 'eta_ms',
    case when w.online > 0 then round(private.typical_ms(p_template) * (1 + p_ahead::numeric / w.online)) end)
  from (
    select count(*)::int as online from private.live_workers() v
    where v.templates ? p_template and v.trust >= p_min_trust
  ) w
$$;

-- `ahead` is null once a job runs; then eta_ms is what is left of a typical attempt. Jobs that are over are left out.
create function public.queue_positions(p_jobs uuid[]) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', j.id) || case j.status
    when 'queued' then private.queue_view(j.mode || '/' || j.variant, j.min_trust,
      private.count_ahead(j.owner, j.lane, j.mode || '/' || j.variant, j.id))
    else private.queue_view(j.mode || '/' || j.variant, j.min_trust, null) || jsonb_build_object('eta_ms',
      round(greatest(0, private.typical_ms(j.mode || '/' || j.variant)
        - extract(epoch from clock_timestamp() - a.claimed_at) * 1000)))
    end), '[]')
  from public.jobs j
  left join public.job_attempts a on a.job_id = j.id and a.epoch = j.epoch
  where j.id = any (p_jobs) and j.status in ('queued', 'running')
$$;

create function private.why_not(p_count int, p_open int, p_cap int, p_purse public.job_purse, p_free_cap int,
  p_balance int, p_price int) returns text
language sql stable set search_path = '' as $$
  select case
    when s.intake_paused then 'INTAKE_PAUSED'
    when private.is_cap_spent(s) then 'SPEND_CAP_REACHED'
    when p_open + p_count > p_cap then 'TOO_MANY_JOBS'
    when p_purse = 'credits' and p_balance < p_price then
      case when p_balance > 0 or p_free_cap = 0 then 'PURSE_EMPTY' else 'FREE_LIMIT_REACHED' end
  end
  from public.settings s
$$;

-- What the button says. `p_price`: credits for the whole press. Someone with no credits at all is told about the free
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
    'queue', private.queue_view(p_template, 'provider', private.count_ahead(p_owner,
      case when v_purse = 'credits' then 'paid' when p_anonymous then 'anon' else 'free' end::public.lane_class,
      p_template, null)));
end
$$;

grant execute on function public.queue_positions, public.quote to service_role;
