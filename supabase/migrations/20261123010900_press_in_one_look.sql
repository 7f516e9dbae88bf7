-- A press reads once what it decides on and what it answers with, and writes its jobs and their specs in one statement; who
-- could run a template is looked at once for all jobs that are alike, and providers only where they are let in.

create type private.means as (closed boolean, balance int, held int, open int, cap int, queued int, retry_after_s int,
  free_left int, free_cap int, shared boolean, stopped boolean);
create type private.scene as (template text, min_trust public.worker_trust, boxes int, warm boolean, gpu text,
  providers int, starting_ms int, templates text[], trusts public.worker_trust[], times private.eta_times, hold50 double precision,
  hold90 double precision, slots double precision[], factor private.eta_factors);

-- Two kinds in an enum, two rows: what the reference added was a lock on one row shared by every press.
alter table public.jobs drop constraint jobs_kind_fkey;
-- Of indexes that serve alike the planner takes the youngest where it knows nothing of a table yet; with another than these
-- a press would read all jobs of its owner.
drop index public.jobs_request, public.jobs_transmission;
create unique index jobs_request on public.jobs (owner, request_id, ordinal);
create unique index jobs_transmission on public.jobs (owner, transmission);
-- The press looks itself, under the owner's lock, which closing takes too.
drop trigger refuse_closed on public.jobs;

create or replace function private.is_cap_spent(p_settings public.settings) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return (p_settings.daily_cap_usd is not null or p_settings.saving_hold is not null)
    and (private.saves(p_settings, 'boxes_drained')
      or p_settings.daily_cap_usd is not null and private.spent_share(p_settings) >= 1);
end
$$;

create or replace function private.is_free_stopped(p_settings public.settings) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return (p_settings.daily_cap_usd is not null or p_settings.saving_hold is not null)
    and (private.saves(p_settings, 'free_paused')
      or p_settings.daily_cap_usd is not null and private.spent_share(p_settings) >= p_settings.free_stop_share);
end
$$;

drop function private.free_buckets;
create function private.free_buckets(p_settings public.settings, p_owner uuid, p_buckets jsonb)
returns table (bucket text, class text, cap int)
language plpgsql stable set search_path = '' as $$
begin
  return query
  select b.bucket, b.class, coalesce((p_settings.free_caps ->> b.class)::int, 0)
  from (
    select 'account:' || p_owner as bucket, 'account' as class where p_owner is not null
    union
    select e ->> 'bucket', e ->> 'class' from jsonb_array_elements(coalesce(p_buckets, '[]')) e
    where e ->> 'class' <> 'account'
  ) b;
end
$$;

-- What an owner has and may: credits, open jobs, free images. Reads only.
create function private.means_of(p_settings public.settings, p_owner uuid, p_anonymous boolean, p_buckets jsonb)
returns private.means
language plpgsql stable set search_path = '' as $$
declare
  v private.means;
begin
  select exists (select from private.closed_accounts c where c.owner = p_owner), coalesce(a.balance, 0), coalesce(a.held, 0),
    (select coalesce(sum(l.queued + l.running), 0) from public.queue_lanes l where l.owner = p_owner), st.queued, st.retry_after_s
  into v.closed, v.balance, v.held, v.open, v.queued, v.retry_after_s
  from private.sweep_state st left join public.accounts a on a.owner = p_owner;
  v.cap := p_settings.open_caps ->> case when p_anonymous then 'anonymous' else 'permanent' end;
  v.free_cap := case when p_settings.free_enabled and v.balance >= 0 then (p_settings.free_caps ->> 'account')::int else 0 end;
  v.free_left := 0;
  v.shared := false;
  if v.free_cap > 0 then
    -- Shared is what others can use up: a network that has less left than the account.
    select greatest(0, coalesce(least(v.free_cap, min(b.cap - coalesce(u.used, 0))), v.free_cap)),
      coalesce(min(b.cap - coalesce(u.used, 0)) filter (where b.class <> 'account')
        < coalesce(min(b.cap - coalesce(u.used, 0)) filter (where b.class = 'account'), v.free_cap), false)
    into v.free_left, v.shared
    from private.free_buckets(p_settings, p_owner, p_buckets) b
    left join public.free_usage u on u.bucket = b.bucket and u.day = private.utc_day();
  end if;
  v.stopped := v.free_left > 0 and private.is_free_stopped(p_settings);
  if v.stopped then
    v.free_left := 0;
  end if;
  return v;
end
$$;

drop function private.check_intake;
create function private.check_intake(p_settings public.settings, p_means private.means, p_count int) returns void
language plpgsql stable set search_path = '' as $$
begin
  if p_means.closed then
    perform private.refuse('UNAUTHENTICATED');
  elsif p_settings.intake_paused then
    perform private.refuse('INTAKE_PAUSED');
  elsif private.is_cap_spent(p_settings) then
    perform private.refuse('SPEND_CAP_REACHED', jsonb_build_object('resets_at', private.next_utc_day()));
  elsif p_means.queued >= p_settings.queue_cap then
    perform private.refuse('QUEUE_FULL', jsonb_build_object(
      'queued', p_means.queued, 'cap', p_settings.queue_cap, 'retry_after_s', p_means.retry_after_s));
  elsif p_means.open + p_count > p_means.cap then
    perform private.refuse('TOO_MANY_JOBS', jsonb_build_object('open', p_means.open, 'cap', p_means.cap));
  end if;
end
$$;

drop function private.check_purse;
create function private.check_purse(p_means private.means, p_purse public.job_purse, p_expected int, p_count int, p_price int)
returns void
language plpgsql stable set search_path = '' as $$
declare
  v_purse public.job_purse := private.true_purse(p_means.free_left, p_count);
  v_price int := case v_purse when 'free' then p_count else p_price end;
  v_code text;
begin
  v_code := case
    when v_purse = 'credits' and p_means.balance < p_price then case
      when p_means.stopped then 'FREE_PAUSED'
      when p_purse = 'free' and p_means.free_cap > 0 then 'FREE_LIMIT_REACHED'
      else 'PURSE_EMPTY' end
    when v_purse <> p_purse or p_expected <> v_price then 'PRICE_CHANGED' end;
  if v_code is not null then
    perform private.refuse(v_code, jsonb_build_object('left', p_means.free_left, 'cap', p_means.free_cap,
      'resets_at', private.next_utc_day(), 'shared', p_means.shared, 'balance', p_means.balance, 'purse', v_purse,
      'price', v_price));
  end if;
end
$$;

drop function private.check_assets;
-- The images and masks that jobs name: each the owner's, still stored, of a kind that serves there.
create function private.check_assets(p_owner uuid, p_jobs jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_assets jsonb;
  v_wrong jsonb;
begin
  select coalesce(jsonb_agg(to_jsonb(a)), '[]'), jsonb_agg(jsonb_build_object('asset', w.id, 'path', w.path, 'kind', a.kind)
    order by a.kind nulls first) filter (where a.id is null or a.kind <> all (w.kinds)) -> 0
  into v_assets, v_wrong
  from (
    select distinct (i ->> 'asset_id')::uuid as id, 'inputs' as path, '{input,output,work}'::public.asset_kind[] as kinds
    from jsonb_array_elements(p_jobs) j, jsonb_array_elements(coalesce(j -> 'inputs', '[]')) i
    union all
    select distinct (j -> 'mask' ->> 'asset_id')::uuid, 'mask', '{mask}'::public.asset_kind[]
    from jsonb_array_elements(p_jobs) j where jsonb_typeof(j -> 'mask') = 'object'
  ) w
  left join public.assets a on a.id = w.id and a.owner = p_owner and a.deleted_at is null and a.gone_at is null;
  if v_wrong is not null then
    perform private.refuse(case when v_wrong ->> 'kind' is null then 'ASSET_NOT_FOUND' else 'INVALID_INPUT' end,
      jsonb_strip_nulls(v_wrong));
  end if;
  if jsonb_path_exists(p_jobs, '$[*].mask.asset_id') then
    perform private.check_mask_sizes(p_jobs);
  end if;
  return v_assets;
end
$$;

drop function private.insert_jobs, private.hold, private.take_purse;
-- Jobs, their specs and what they hold of the credits, in the order of `p_jobs`. `p_balance`: what is left after all of
-- them. A transmission number that the owner has already is drawn again.
create function private.insert_jobs(p_settings public.settings, p_owner uuid, p_request_id uuid, p_request_hash text,
  p_class public.lane_class, p_balance int, p_jobs jsonb, out jobs public.jobs[], out specs public.job_specs[])
language plpgsql set search_path = '' as $$
declare
  v_done uuid[] := '{}';
  v_jobs public.jobs[];
  v_specs public.job_specs[];
begin
  loop
    with wish as (
      select w.* from rows from (jsonb_to_recordset(p_jobs) as (id uuid, mode text, variant text, model_key text, price int,
        steps int, min_trust public.worker_trust, prompt text, negative text, creativity numeric, chaos numeric, seed text,
        params jsonb, inputs jsonb, mask jsonb, workflow_hash text, again_of uuid)) with ordinality as w
        (id, mode, variant, model_key, price, steps, min_trust, prompt, negative, creativity, chaos, seed, params, inputs,
        mask, workflow_hash, again_of, ord)
      where w.id <> all (v_done)
    ), job as (
      -- A microsecond apart, so that paging by created_at never skips an image of one press.
      insert into public.jobs as j (id, owner, request_id, ordinal, created_at, lane, purse, price, steps, mode, variant,
        model_key, min_trust, transmission)
      select w.id, p_owner, p_request_id, w.ord - 1, now() + w.ord * interval '1 microsecond', p_class,
        case p_class when 'paid' then 'credits' else 'free' end::public.job_purse,
        case p_class when 'paid' then w.price else 1 end, w.steps, w.mode, w.variant, w.model_key,
        greatest(coalesce(w.min_trust, 'provider'), p_settings.min_trust), right(gen_random_uuid()::text, 8)
      from wish w on conflict (owner, transmission) do nothing returning j.id, j as job
    ), spec as (
      insert into public.job_specs as s (job_id, request_hash, prompt, negative, creativity, chaos, seed, params, inputs,
        mask, workflow_hash, again_of)
      select w.id, p_request_hash, w.prompt, coalesce(w.negative, ''), w.creativity, w.chaos, w.seed,
        coalesce(w.params, '{}'), coalesce(w.inputs, '[]'), w.mask, w.workflow_hash,
        -- One that is not theirs is nobody's business here: it is left out, not refused.
        (select case when o.owner = p_owner then o.id end from public.jobs o where o.id = w.again_of)
      from job j join wish w on w.id = j.id returning s as spec
    ), entry as (
      insert into public.ledger (owner, job_id, kind, delta, balance_after)
      select p_owner, w.id, 'hold', -w.price,
        p_balance + coalesce((select sum(l.price) from wish l where l.ord > w.ord), 0)
      from job j join wish w on w.id = j.id where p_class = 'paid' order by w.ord
    )
    select (select array_agg(j.job) from job j), (select array_agg(s.spec) from spec s) into v_jobs, v_specs;
    jobs := jobs || v_jobs;
    specs := specs || v_specs;
    exit when cardinality(jobs) = jsonb_array_length(p_jobs);
    v_done := array(select j.id from unnest(jobs) j);
  end loop;
end
$$;

create or replace function private.add_needs() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  -- Whoever adds jobs holds their lane; one that is not there yet is nobody's to wait for.
  insert into private.lane_needs as n (owner, class, template, min_trust, model_key, queued, last_served_at)
  select a.owner, a.lane, a.mode || '/' || a.variant, a.min_trust, min(a.model_key), count(*), coalesce(
    min((select l.last_served_at from public.queue_lanes l where l.owner = a.owner and l.class = a.lane)),
    clock_timestamp())
  from added a where a.status = 'queued' group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (owner, class, template, min_trust) do update
  set queued = n.queued + excluded.queued, last_served_at = excluded.last_served_at, model_key = excluded.model_key;
  return null;
end
$$;

drop function private.take_free_uses;
-- As many free uses from every bucket, in the order of their names; false where one has not that many left.
create function private.take_free_uses(p_settings public.settings, p_owner uuid, p_buckets jsonb, p_count int) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_buckets text[];
  v_caps int[];
  v_taken int;
begin
  select array_agg(b.bucket order by b.bucket), array_agg(b.cap order by b.bucket) into v_buckets, v_caps
  from private.free_buckets(p_settings, p_owner, p_buckets) b;
  insert into public.free_usage as u (bucket, day, used)
  select b.bucket, private.utc_day(), p_count from unnest(v_buckets, v_caps) b (bucket, cap) where p_count <= b.cap
  order by b.bucket
  on conflict (bucket, day) do update set used = u.used + p_count
  where u.used + p_count <= v_caps[array_position(v_buckets, u.bucket)];
  get diagnostics v_taken = row_count;
  return v_taken = cardinality(v_buckets);
end
$$;

-- Takes what jobs cost; answers the means after it. Refuses as the press does where somebody was quicker.
create function private.take_purse(p_settings public.settings, p_means private.means, p_owner uuid, p_buckets jsonb,
  p_purse public.job_purse, p_count int, p_total int) returns private.means
language plpgsql set search_path = '' as $$
declare
  v_taken boolean;
begin
  p_means.open := p_means.open + p_count;
  if p_purse = 'credits' then
    update public.accounts a
    set balance = a.balance - p_total, held = a.held + p_total, updated_at = now()
    where a.owner = p_owner and a.balance >= p_total returning a.balance, a.held into p_means.balance, p_means.held;
    v_taken := found;
  else
    p_means.free_left := p_means.free_left - p_count;
    v_taken := private.take_free_uses(p_settings, p_owner, p_buckets, p_count);
  end if;
  if not v_taken then
    perform private.check_purse(private.means_of(p_settings, p_owner, null, p_buckets), p_purse,
      case p_purse when 'free' then p_count else p_total end, p_count, p_total);
    perform private.refuse(case p_purse when 'free' then 'FREE_LIMIT_REACHED' else 'PURSE_EMPTY' end,
      jsonb_build_object('price', p_total, 'resets_at', private.next_utc_day()));
  end if;
  return p_means;
end
$$;

-- Who could run a template: the part that is the same for whatever is asked of it.
create function private.scene_of(p_template text, p_min_trust public.worker_trust, p_model text) returns private.scene
language plpgsql stable set search_path = '' as $$
declare
  v private.scene;
begin
  v.template := p_template;
  v.min_trust := p_min_trust;
  v.providers := 0;
  select count(*), bool_or(w.warm @> array[p_model]), case when min(w.gpu) = max(w.gpu) then min(w.gpu) end
  into v.boxes, v.warm, v.gpu
  from private.live_workers() l join public.workers w on w.id = l.id
  where l.templates ? p_template and l.trust >= p_min_trust;
  if v.boxes = 0 then
    v.starting_ms := private.starting_ms(p_template, p_min_trust);
  end if;
  return v;
end
$$;

-- The scene as it is for a job that waits: providers that may take it, and the times to expect.
create function private.reckon(p_settings public.settings, p_scene private.scene, p_wish jsonb) returns private.scene
language plpgsql stable set search_path = '' as $$
declare
  v_times private.eta_times;
begin
  if p_scene.boxes > 0 then
    select r.templates, r.trusts into p_scene.templates, p_scene.trusts
    from private.rivals(p_scene.template, p_scene.min_trust) r;
  elsif p_settings.provider_fallback and not coalesce((p_wish ->> 'no_provider')::boolean, false) then
    select count(*) into p_scene.providers
    from private.offering(p_scene.template, p_scene.min_trust, (p_wish ->> 'sold')::boolean);
    select r.templates, r.trusts into p_scene.templates, p_scene.trusts
    from private.provider_rivals(p_scene.template, p_scene.min_trust) r;
  end if;
  if p_scene.boxes = 0 and p_scene.starting_ms is null then
    return p_scene;
  end if;
  v_times := private.times_for(p_scene.template, p_wish ->> 'model_key', (p_wish ->> 'steps')::int,
    (p_wish ->> 'pixels')::int, p_scene.gpu);
  if v_times.template is not null then
    p_scene.times := v_times;
    select h.p50, h.p90 into p_scene.hold50, p_scene.hold90
    from private.usual_hold(case when p_scene.boxes > 0 then p_scene.templates end, v_times) h;
    p_scene.slots := case when p_scene.boxes > 0
      then private.slots(p_scene.template, p_scene.min_trust, v_times.hold50) else array[p_scene.starting_ms] end;
    p_scene.factor := (select f from private.eta_factors f where f.template = p_scene.template);
  end if;
  return p_scene;
end
$$;

drop function private.queue_view;
create function private.queue_view(p_scene private.scene, p_ahead int, p_wish jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_times private.eta_times := p_scene.times;
  v_factor private.eta_factors := p_scene.factor;
  v_start record;
  v_wait double precision;
  v_p50 double precision;
  v_p90 double precision;
  v_away record;
begin
  if v_times.template is not null and p_ahead is not null then
    v_wait := private.wait_ms(p_scene.slots, p_ahead, p_scene.hold50);
    select * into v_start from private.start_ms(v_times, coalesce(p_scene.warm, false));
    v_p50 := v_wait + v_start.p50 + v_times.run50;
    -- Spreads of what happens one after the other add up as squares.
    v_p90 := v_p50 + sqrt((v_times.run90 - v_times.run50) ^ 2 + (v_start.p90 - v_start.p50) ^ 2
      + (p_scene.hold90 - p_scene.hold50) ^ 2 * (p_ahead::double precision / cardinality(p_scene.slots) + (v_wait > 0)::int)
      + (coalesce(p_scene.starting_ms, 0) * 0.5) ^ 2);
  end if;
  if p_scene.providers > 0 and p_ahead is not null then
    select * into v_away from private.provider_eta(p_scene.template, p_scene.min_trust, p_ahead, p_wish);
    if v_away.p50 < coalesce(v_p50, 'infinity') then
      v_p50 := v_away.p50;
      v_p90 := v_away.p90;
      v_factor := null;
    end if;
  end if;
  return jsonb_build_object('ahead', p_ahead, 'workers_online', p_scene.boxes + p_scene.providers,
    'eta_ms', round(v_p50 * coalesce(v_factor.p50, 1)),
    'p90_ms', round(greatest(v_p90 * coalesce(v_factor.p90, 1), v_p50 * coalesce(v_factor.p50, 1))),
    'raw_p50_ms', round(v_p50), 'raw_p90_ms', round(v_p90), 'starting_ms', p_scene.starting_ms,
    'warm', p_scene.warm, 'fallback', p_scene.providers > 0);
end
$$;

drop function private.count_ahead;
create function private.count_ahead(p_settings public.settings, p_scene private.scene, p_owner uuid,
  p_class public.lane_class, p_job uuid) returns int
language plpgsql stable set search_path = '' as $$
declare
  v_weights jsonb := p_settings.class_weights;
  v_own int;
  v_since timestamptz;
  v_ahead int;
begin
  if p_scene.templates is null then
    return 0;
  end if;
  v_own := private.count_lane(p_owner, p_class, p_scene.templates, p_scene.trusts, 1000, p_job);
  v_since := coalesce(
    (select l.last_served_at from public.queue_lanes l
     where l.owner = p_owner and l.class = p_class and l.queued > 0), 'infinity');
  v_ahead := v_own + private.count_turns(p_owner, p_class, p_scene.templates, p_scene.trusts, v_own, v_since);
  return v_ahead + coalesce((
    select sum(private.count_class(c, p_scene.templates, p_scene.trusts, least(100000, floor(
      (v_ahead + 1) * (v_weights ->> c::text)::real / nullif((v_weights ->> p_class::text)::real, 0)))::int))
    from unnest(enum_range(null::public.lane_class)) c where c <> p_class), 0);
end
$$;

drop function private.waits_for;
create function private.waits_for(p_settings public.settings, p_scene private.scene, p_job public.jobs) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case
    when p_job.status <> 'queued' then null
    when p_settings.dispatch_paused then 'operator'
    when private.is_cap_spent(p_settings) or (p_job.lane <> 'paid' and private.is_free_stopped(p_settings)) then 'midnight'
    when p_scene.boxes = 0 and p_scene.providers = 0 then 'no_worker'
  end;
end
$$;

-- Place and time of jobs that are not over, by their ids; jobs that are alike share one look at who is there.
create function private.positions_of(p_settings public.settings, p_jobs public.jobs[]) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_job public.jobs;
  v_last public.jobs;
  v_who private.scene;
  v_scene private.scene;
  v_wish jsonb;
  v_alike jsonb;
  v_place jsonb;
  v_answer jsonb := '[]';
begin
  foreach v_job in array coalesce(p_jobs, '{}') loop
    continue when v_job.status not in ('queued', 'running');
    if (v_last.mode, v_last.variant, v_last.model_key, v_last.min_trust)
      is distinct from (v_job.mode, v_job.variant, v_job.model_key, v_job.min_trust) then
      v_who := private.scene_of(v_job.mode || '/' || v_job.variant, v_job.min_trust, v_job.model_key);
      v_alike := null;
    end if;
    v_last := v_job;
    if v_who.starting_ms is not null or v_who.boxes > 0 and v_job.status = 'queued'
      or v_who.boxes = 0 and p_settings.provider_fallback then
      v_wish := private.wish_of(v_job);
      if v_alike is distinct from v_wish - 'since' then
        v_alike := v_wish - 'since';
        v_scene := private.reckon(p_settings, v_who, v_wish);
      end if;
    else
      v_scene := v_who;
      v_alike := null;
    end if;
    v_place := case v_job.status
      when 'queued' then private.queue_view(v_scene,
        private.count_ahead(p_settings, v_scene, v_job.owner, v_job.lane, v_job.id), v_wish)
      else private.queue_view(v_scene, null, v_wish) || private.rest_view(v_job) end;
    v_answer := v_answer || (v_place || jsonb_build_object('id', v_job.id, 'cancel', private.cancel_effect(v_job),
      'waits_for', private.waits_for(p_settings, v_scene, v_job)));
  end loop;
  return v_answer;
end
$$;

create or replace function private.position(p_job public.jobs) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return private.positions_of((select s from public.settings s), array[p_job]) -> 0;
end
$$;

create or replace function public.queue_positions(p_jobs uuid[]) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  return private.positions_of((select s from public.settings s),
    (select array_agg(j order by j.mode, j.variant, j.status, j.id) from public.jobs j
     where j.id = any (p_jobs) and j.status in ('queued', 'running')));
end
$$;

drop function private.why_not, private.free_left, private.open_cap;
-- What the button says of images that are not pressed yet.
create function private.quote_view(p_settings public.settings, p_means private.means, p_count int, p_price int) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_purse public.job_purse := private.true_purse(p_means.free_left, p_count);
  v_refusal text;
begin
  v_refusal := case
    when p_settings.intake_paused then 'INTAKE_PAUSED'
    when private.is_cap_spent(p_settings) then 'SPEND_CAP_REACHED'
    when p_means.queued >= p_settings.queue_cap then 'QUEUE_FULL'
    when p_means.open + p_count > p_means.cap then 'TOO_MANY_JOBS'
    when v_purse = 'credits' and p_means.balance < p_price then case
      when p_means.stopped then 'FREE_PAUSED'
      when p_means.balance > 0 or p_means.free_cap = 0 then 'PURSE_EMPTY' else 'FREE_LIMIT_REACHED' end
  end;
  if v_refusal in ('FREE_LIMIT_REACHED', 'FREE_PAUSED') then
    v_purse := 'free';
  end if;
  return jsonb_build_object(
    'purse', v_purse, 'price', case v_purse when 'free' then p_count else p_price end, 'refusal', v_refusal,
    'free', jsonb_build_object('left', p_means.free_left, 'cap', p_means.free_cap, 'resets_at', private.next_utc_day(),
      'shared', p_means.shared),
    'credits', jsonb_build_object('balance', p_means.balance, 'held', p_means.held),
    'jobs', jsonb_build_object('open', p_means.open, 'cap', p_means.cap),
    'queue', '{"ahead": null, "workers_online": 0, "eta_ms": null, "p90_ms": null, "starting_ms": null, "warm": null, "fallback": false}'::jsonb);
end
$$;

create or replace function public.quote(p_owner uuid, p_anonymous boolean, p_buckets jsonb, p_template text,
  p_count int, p_price int, p_wish jsonb default '{}') returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_settings public.settings := (select s from public.settings s);
  v_quote jsonb := private.quote_view(v_settings, private.means_of(v_settings, p_owner, p_anonymous, p_buckets), p_count,
    p_price);
  v_sold boolean := v_quote ->> 'purse' = 'credits';
  v_wish jsonb;
  v_scene private.scene;
begin
  if p_template is null then
    return v_quote;
  end if;
  v_wish := p_wish || jsonb_build_object('sold', v_sold, 'no_provider', exists (
    select from public.profiles p where p.id = p_owner and p.refuse_provider));
  v_scene := private.reckon(v_settings, private.scene_of(p_template, 'provider', p_wish ->> 'model_key'), v_wish);
  return v_quote || jsonb_build_object('queue', private.queue_view(v_scene, private.count_ahead(v_settings, v_scene, p_owner,
    case when v_sold then 'paid' when p_anonymous then 'anon' else 'free' end::public.lane_class, null), v_wish));
end
$$;

drop function private.keep_promises;
create function private.keep_promises(p_jobs public.jobs[], p_positions jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  if not jsonb_path_exists(p_positions, '$[*].eta_ms ? (@ != null)') then
    return;
  end if;
  insert into public.eta_promises (job_id, template, p50_ms, p90_ms, raw_p50_ms, raw_p90_ms, facts)
  select j.id, j.mode || '/' || j.variant, private.int_ms((p ->> 'eta_ms')::numeric),
    private.int_ms((p ->> 'p90_ms')::numeric), private.int_ms((p ->> 'raw_p50_ms')::numeric),
    private.int_ms((p ->> 'raw_p90_ms')::numeric),
    jsonb_build_object('ahead', p -> 'ahead', 'workers', p -> 'workers_online', 'warm', p -> 'warm',
      'starting_ms', p -> 'starting_ms', 'fallback', p -> 'fallback', 'model', j.model_key, 'steps', j.steps)
  from jsonb_array_elements(p_positions) p join unnest(p_jobs) j on j.id = (p ->> 'id')::uuid
  where p ->> 'eta_ms' is not null
  on conflict (job_id) do nothing;
end
$$;

create or replace function private.wake_workers() returns void
language plpgsql set search_path = '' as $$
begin
  perform from private.doorbell d, public.settings s
  where d.rung_at <= clock_timestamp() - s.wake_gap_ms * interval '1 ms' for update of d skip locked;
  if found then
    update private.doorbell set rung_at = clock_timestamp();
    perform realtime.send('{}'::jsonb, 'wake', 'workers', true);
  end if;
end
$$;

drop function private.is_replay, private.press_answer, private.enter_lane;
-- The answer to a press that was made before, or null; the same id with another wish is refused.
create function private.replayed(p_settings public.settings, p_owner uuid, p_anonymous boolean, p_request_id uuid,
  p_request_hash text, p_buckets jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_hash text;
  v_jobs public.jobs[];
  v_specs jsonb;
begin
  -- All of the unique index, whatever the planner thinks of its others.
  select s.request_hash into v_hash from public.jobs j join public.job_specs s on s.job_id = j.id
  where j.owner = p_owner and j.request_id = p_request_id and j.ordinal = 0;
  if v_hash is null then
    return null;
  elsif v_hash <> p_request_hash then
    perform private.refuse('REQUEST_ID_REUSED');
  end if;
  select array_agg(j order by j.ordinal), jsonb_agg(to_jsonb(s)) into v_jobs, v_specs
  from public.jobs j join public.job_specs s on s.job_id = j.id
  where j.owner = p_owner and j.request_id = p_request_id and j.ordinal between 0 and 3;
  return jsonb_build_object('replayed', true, 'jobs', to_jsonb(v_jobs), 'specs', v_specs,
    -- Deleted ones too: past jobs keep showing what they were made from.
    'inputs', (
      select coalesce(jsonb_agg(to_jsonb(a)), '[]') from public.assets a
      where a.owner = p_owner and a.id in (
        select p::uuid from jsonb_array_elements(v_specs) s,
          jsonb_array_elements_text(jsonb_path_query_array(s, '$.inputs[*].asset_id')
            || jsonb_path_query_array(s, '$.mask.asset_id')) p)),
    'positions', private.positions_of(p_settings, v_jobs),
    'quote', public.quote(p_owner, p_anonymous, p_buckets, null, 1, 0));
end
$$;

create or replace function public.enqueue_jobs(p_owner uuid, p_anonymous boolean, p_request_id uuid, p_request_hash text,
  p_purse text, p_expected_price int, p_buckets jsonb, p_jobs jsonb) returns jsonb
language plpgsql security definer set search_path = '' set plan_cache_mode = 'force_generic_plan' set enable_seqscan = 'off'
as $$
declare
  v_count int := jsonb_array_length(p_jobs);
  v_class public.lane_class := case when p_purse = 'credits' then 'paid' when p_anonymous then 'anon' else 'free' end;
  v_settings public.settings;
  v_means private.means;
  v_answer jsonb;
  v_inputs jsonb;
  v_total int;
  v_made record;
begin
  if v_count is null or v_count not between 1 and 4 then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('count', v_count));
  end if;
  select * into v_settings from public.settings;
  perform private.lock_owner(p_owner);
  v_answer := private.replayed(v_settings, p_owner, p_anonymous, p_request_id, p_request_hash, p_buckets);
  if v_answer is not null then
    return v_answer;
  end if;

  v_means := private.means_of(v_settings, p_owner, p_anonymous, p_buckets);
  perform private.check_intake(v_settings, v_means, v_count);
  v_inputs := private.check_assets(p_owner, p_jobs);
  v_total := (select sum((j ->> 'price')::int) from jsonb_array_elements(p_jobs) j);
  perform private.check_purse(v_means, p_purse::public.job_purse, p_expected_price, v_count, v_total);

  -- The lane first: what its jobs need then takes its place in the queue from it, and is written once.
  insert into public.queue_lanes as l (owner, class, queued, last_served_at)
  values (p_owner, v_class, v_count, clock_timestamp())
  on conflict (owner, class) do update set queued = l.queued + v_count,
    last_served_at = case when l.queued = 0 then clock_timestamp() else l.last_served_at end;
  v_means := private.take_purse(v_settings, v_means, p_owner, p_buckets, p_purse::public.job_purse, v_count, v_total);
  v_made := private.insert_jobs(v_settings, p_owner, p_request_id, p_request_hash, v_class, v_means.balance, p_jobs);
  if v_class <> 'paid' then
    insert into public.free_holds (job_id, buckets, day)
    select j.id, array(select b.bucket from private.free_buckets(v_settings, p_owner, p_buckets) b), private.utc_day()
    from unnest(v_made.jobs) j;
  end if;
  v_answer := private.positions_of(v_settings, v_made.jobs);
  perform private.keep_promises(v_made.jobs, v_answer);
  -- Last, so that a worker that comes at once finds the jobs committed.
  perform private.wake_workers();
  return jsonb_build_object('replayed', false, 'jobs', to_jsonb(v_made.jobs), 'specs', to_jsonb(v_made.specs),
    'inputs', v_inputs, 'positions', v_answer, 'quote', private.quote_view(v_settings, v_means, 1, 0));
end
$$;

-- What storage was seen to have no more: nothing new is made from it. A work image or a mask is made anew, an input sent
-- again; a result keeps its place in the gallery, for storage may have been wrong.
alter table public.assets add column gone_at timestamptz;
create function public.note_gone(p_keys text[]) returns void
language plpgsql security definer set search_path = '' as $$
begin
  update public.assets a
  set gone_at = now(), deleted_at = case when a.kind = 'output' then a.deleted_at else coalesce(a.deleted_at, now()) end
  where a.storage_key = any (p_keys) and a.gone_at is null;
end
$$;
grant execute on function public.note_gone to service_role;

create or replace function private.require_scalable(p_owner uuid, p_asset uuid) returns void
language plpgsql set search_path = '' as $$
declare
  v_kind public.asset_kind;
begin
  select a.kind into v_kind from public.assets a
  where a.id = p_asset and a.owner = p_owner and a.deleted_at is null and a.gone_at is null for share;
  if not found then
    perform private.refuse('ASSET_NOT_FOUND', jsonb_build_object('asset', p_asset));
  end if;
  if v_kind not in ('input', 'output', 'work') then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('path', 'assetId', 'kind', v_kind));
  end if;
end
$$;
