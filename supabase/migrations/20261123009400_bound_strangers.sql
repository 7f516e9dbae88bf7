-- Lanes whose jobs no provider takes no longer hide those behind them: providers look through the lanes that need what
-- they offer, and past jobs that they may not have, up to 256 lanes deep.
create or replace function private.fallback_candidates(p_class public.lane_class, p_templates text[], p_offers jsonb)
returns table (pass int, job public.jobs)
language plpgsql stable set search_path = '' as $$
begin
  return query
  select 0, head.job from (
    select n.owner from private.provider_needs(p_class, p_templates, p_offers) n order by n.last_served_at) o
  cross join lateral (
    select j as job from public.jobs j
    where j.owner = o.owner and j.lane = p_class and j.status = 'queued'
      and j.mode || '/' || j.variant = any (p_templates) and private.may_leave(j, p_offers)
    order by j.id limit 1) head
  limit 16;
  return query
  select 1, tail.job from (
    select n.owner from private.provider_needs(p_class, p_templates, p_offers) n order by n.last_served_at desc) o
  cross join lateral (
    select j as job from public.jobs j
    where j.owner = o.owner and j.lane = p_class and j.status = 'queued'
      and j.mode || '/' || j.variant = any (p_templates) and private.may_leave(j, p_offers)
    order by j.id desc limit 1) tail
  limit 3;
end
$$;

-- Lanes of a class that wait for what a provider offers, the least and the most recently served 256 of each need.
create function private.provider_needs(p_class public.lane_class, p_templates text[], p_offers jsonb)
returns table (owner uuid, last_served_at timestamptz)
language plpgsql stable set search_path = '' as $$
begin
  return query
  select x.owner, min(x.last_served_at)
  from unnest(p_templates) t, unnest(enum_range(null::public.worker_trust, 'community')) m
  cross join lateral (
    (select n.owner, n.last_served_at from private.lane_needs n
     where n.class = p_class and n.template = t and n.min_trust = m and n.queued > 0
     order by n.last_served_at limit 256)
    union
    (select n.owner, n.last_served_at from private.lane_needs n
     where n.class = p_class and n.template = t and n.min_trust = m and n.queued > 0
     order by n.last_served_at desc limit 256)) x
  where p_offers ? t and (p_class <> 'paid' or coalesce((p_offers -> t ->> 'sells')::boolean, false))
    and not exists (select from public.profiles p where p.id = x.owner and p.refuse_provider)
  group by x.owner;
end
$$;

-- A box that is held back takes nothing, so nobody waits for it with a job ahead.
create or replace function private.idle_workers(p_worker uuid)
returns table (id uuid, templates jsonb, trust public.worker_trust)
language plpgsql stable set search_path = '' as $$
begin
  return query
  select v.id, v.templates, v.trust
  from private.live_workers() v join public.workers w on w.id = v.id
  where v.id <> p_worker and v.trust <> 'provider' and w.last_seen > clock_timestamp() - interval '15 s'
    and w.hold_until <= clock_timestamp()
    and not exists (
      select from public.jobs j where j.worker_id = v.id and j.status = 'running' and j.stage <> 'saving');
end
$$;

-- What an attempt at a provider may be booked with at most: some predictions at the price that the worker told, which is
-- a dollar where none is known. More is a lie or a mistake, and would spend the day's money for everybody.
create or replace function public.book_provider_cost(p_worker uuid, p_job uuid, p_epoch int, p_usd_micros bigint)
returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_attempt public.job_attempts;
  v_before bigint;
  v_most bigint;
  v_micros bigint;
begin
  if p_usd_micros is null or p_usd_micros < 0 then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('usd_micros', p_usd_micros));
  end if;
  if (private.require_worker(p_worker)).trust <> 'provider' then
    perform private.refuse('FORBIDDEN');
  end if;
  select * into v_attempt from public.job_attempts a
  where a.job_id = p_job and a.epoch = p_epoch and (a.worker_id = p_worker or a.backend <> 'comfy') for update;
  if not found then
    perform private.refuse('JOB_NOT_FOUND');
  end if;
  v_before := coalesce(v_attempt.cost_usd_micros, 0);
  v_most := 10 * coalesce(
    (private.provider_of(p_worker) -> 'offers' -> v_attempt.template ->> 'usdMicros')::bigint, 100000);
  v_micros := least(p_usd_micros, v_most);
  if p_usd_micros > v_most then
    perform private.note_refusal(p_worker, 'COST_ABSURD');
  end if;
  update public.job_attempts set cost_usd_micros = greatest(v_micros, v_before)
  where job_id = p_job and epoch = p_epoch and cost_usd_micros is distinct from greatest(v_micros, v_before);
  if v_micros > v_before then
    perform private.book_spend(private.utc_day(), v_micros - v_before);
  end if;
end
$$;
