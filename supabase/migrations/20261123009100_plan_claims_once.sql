-- The same answers for less: statements of a claim find their rows by key, whatever the values, so they are planned once
-- (see enqueue_jobs); idle boxes are looked for only by who asks ahead; a quote that names no template counts nothing.
CREATE OR REPLACE FUNCTION public.claim_job(p_worker uuid, p_warm text[], p_ahead boolean DEFAULT false)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  v_facts private.worker_facts := private.require_worker(p_worker);
  v_job public.jobs;
begin
  v_job := private.find_job(p_worker, v_facts, p_warm, p_ahead);
  if v_job.id is not null then
    v_job := private.start_attempt(v_job, p_worker, v_facts.stand_in, p_warm, p_ahead);
  end if;
  update public.workers w set warm = p_warm where w.id = p_worker and w.warm is distinct from p_warm and p_warm is not null;
  perform private.touch_worker(p_worker);
  return case when v_job.id is not null then private.claimed_view(v_job) end;
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
        p_template, 'provider', null), p_wish || jsonb_build_object('no_provider', exists (
          select from public.profiles p where p.id = p_owner and p.refuse_provider))) end);
end
$function$;

CREATE OR REPLACE FUNCTION private.needs_served(p_worker uuid, p_facts private.worker_facts, p_ahead boolean, OUT templates text[], OUT trusts public.worker_trust[])
 RETURNS record
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  if not p_ahead then
    select array_agg(t), array_agg(m) into templates, trusts
    from unnest(p_facts.templates) t, unnest(enum_range(null::public.worker_trust)) m where m <= p_facts.trust;
    return;
  end if;
  with idle as materialized (select i.templates, i.trust from private.idle_workers(p_worker) i)
  select array_agg(t), array_agg(m) into templates, trusts
  from unnest(p_facts.templates) t, unnest(enum_range(null::public.worker_trust)) m
  where m <= p_facts.trust and not exists (select from idle i where i.templates ? t and i.trust >= m);
end
$function$;

alter function public.report_progress set plan_cache_mode = force_generic_plan;
alter function public.complete_job set plan_cache_mode = force_generic_plan;
