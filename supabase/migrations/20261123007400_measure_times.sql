-- Measured times, and what is promised from them.
--
-- An attempt has four moments on database time: claimed, begun (left `starting`), sampling, saving; and its end. What
-- comes before sampling is the start (inputs, and the model unless it was warm), what comes after is the run, and from
-- its claim to `saving` it holds the GPU: the next job waits for that alone. A job held ahead starts when it begins.
alter table public.job_attempts
  add column ahead boolean not null default false,
  add column warm boolean,
  add column model_key text,
  add column steps int,
  add column pixels int,
  add column gpu text,
  add column began_at timestamptz,
  add column sampling_at timestamptz,
  add column saving_at timestamptz,
  add column promised_p50_ms int,
  add column promised_p90_ms int;
comment on column public.job_attempts.warm is 'The box said at its claim that it holds the model.';
comment on column public.job_attempts.pixels is 'Of the finished image; before that, of its work image where it has one.';
comment on column public.job_attempts.promised_p50_ms is 'From this claim to its end as foreseen at the claim; null while nothing was measured.';

-- Quantiles of the last 200 successes of a template on boxes, milliseconds; in all, and of the parts of them that have
-- eight or more. Null = any. Written by the sweep.
create table private.eta_times (
  template text not null,
  steps int,
  size int,
  gpu text,
  model_key text,
  n int not null,
  last_at timestamptz not null,
  mean_steps real,
  warm50 int,
  warm90 int,
  cold50 int,
  cold90 int,
  run50 int not null,
  run90 int not null,
  hold50 int not null,
  hold90 int not null,
  tail50 int not null,
  unique nulls not distinct (template, steps, size, gpu)
);
comment on column private.eta_times.size is 'Class of pixels: half octaves.';
comment on column private.eta_times.hold50 is 'The GPU is not free for the next job before.';
comment on column private.eta_times.tail50 is 'From `saving` to the end.';
alter table private.eta_times enable row level security;

-- How many jobs wait, by template, as of the last sweep: weights of estimates, and what backpressure looks at.
create table private.queue_depths (
  template text primary key,
  queued int not null,
  counted_at timestamptz not null default clock_timestamp()
);
alter table private.queue_depths enable row level security;

create table public.eta_promises (
  job_id uuid primary key references public.jobs (id) on delete cascade,
  template text not null,
  promised_at timestamptz not null default clock_timestamp(),
  p50_ms int not null,
  p90_ms int not null,
  raw_p50_ms int not null,
  raw_p90_ms int not null,
  facts jsonb not null default '{}',
  actual_ms int
);
comment on table public.eta_promises is 'What the press was told, and what it took; only of jobs that succeeded once they are over. Kept 30 days.';
comment on column public.eta_promises.raw_p50_ms is 'Before the correction by what was measured of earlier promises.';
create index eta_promises_held on public.eta_promises (template, promised_at desc) where actual_ms is not null;
grant select on public.eta_promises to service_role;
alter table public.eta_promises enable row level security;

-- Correction of what a press is told, from its template's last 100 promises that ended; within [0.5, 3].
create table private.eta_factors (
  template text primary key,
  n int not null,
  p50 real not null,
  p90 real not null
);
alter table private.eta_factors enable row level security;

create function private.gap_ms(p_from timestamptz, p_to timestamptz) returns double precision
language sql immutable set search_path = '' as $$
  select greatest(0, extract(epoch from p_to - p_from) * 1000)::double precision
$$;

create function private.size_class(p_pixels int) returns int
language sql immutable set search_path = '' as $$
  select case when p_pixels > 0 then floor(log(2.0, p_pixels) * 2)::int end
$$;

-- Pixels that a job will have as far as its spec says so; null = what its template usually makes.
create function private.spec_pixels(p_job uuid) returns int
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce((s.params ->> 'maxPixels')::int, (
      select a.width * a.height from jsonb_array_elements(s.inputs) i
      join public.assets a on a.id = (i ->> 'asset_id')::uuid
      where s.mask is not null and i ->> 'role' = 'source' limit 1))
    from public.job_specs s where s.job_id = p_job);
end
$$;

create function private.measure_template(p_template text) returns void
language plpgsql set search_path = '' as $$
begin
  delete from private.eta_times t where t.template = p_template;
  with recent as (
    select coalesce(a.steps, 0) as steps, coalesce(private.size_class(a.pixels), 0) as size, coalesce(a.gpu, '') as gpu,
      a.model_key, a.ended_at, a.warm,
      private.gap_ms(case when a.ahead then coalesce(a.began_at, a.sampling_at) else a.claimed_at end,
        coalesce(a.sampling_at, a.began_at)) as start,
      private.gap_ms(coalesce(a.sampling_at, a.began_at, a.claimed_at), a.ended_at) as run,
      private.gap_ms(case when a.ahead then coalesce(a.began_at, a.claimed_at) else a.claimed_at end,
        coalesce(a.saving_at, a.ended_at)) as hold,
      coalesce(private.gap_ms(a.saving_at, a.ended_at), 0) as tail
    from public.job_attempts a
    where a.template = p_template and a.outcome = 'succeeded' and a.backend = 'comfy'
    order by a.ended_at desc limit 200
  )
  insert into private.eta_times (template, steps, size, gpu, model_key, n, last_at, mean_steps, warm50, warm90, cold50,
    cold90, run50, run90, hold50, hold90, tail50)
  select p_template, r.steps, r.size, r.gpu, max(r.model_key), count(*), max(r.ended_at), avg(nullif(r.steps, 0)),
    percentile_cont(0.5) within group (order by r.start) filter (where r.warm),
    percentile_cont(0.9) within group (order by r.start) filter (where r.warm),
    percentile_cont(0.5) within group (order by r.start) filter (where not r.warm),
    percentile_cont(0.9) within group (order by r.start) filter (where not r.warm),
    percentile_cont(0.5) within group (order by r.run), percentile_cont(0.9) within group (order by r.run),
    percentile_cont(0.5) within group (order by r.hold), percentile_cont(0.9) within group (order by r.hold),
    percentile_cont(0.5) within group (order by r.tail)
  from recent r
  group by grouping sets ((), (r.steps), (r.gpu), (r.steps, r.size), (r.steps, r.size, r.gpu))
  having count(*) >= case when grouping(r.steps, r.size, r.gpu) = 7 then 1 else 8 end;
end
$$;

create function private.correct_template(p_template text) returns void
language plpgsql set search_path = '' as $$
begin
  delete from public.eta_promises p
  where p.template = p_template and p.actual_ms is not null and p.promised_at < now() - interval '30 days';
  insert into private.eta_factors as f (template, n, p50, p90)
  select p_template, count(*),
    least(3, greatest(0.5, percentile_cont(0.5) within group (order by r.actual_ms::real / greatest(r.raw_p50_ms, 1)))),
    least(3, greatest(0.5, percentile_cont(0.9) within group (order by r.actual_ms::real / greatest(r.raw_p90_ms, 1))))
  from (
    select p.actual_ms, p.raw_p50_ms, p.raw_p90_ms from public.eta_promises p
    where p.template = p_template and p.actual_ms is not null order by p.promised_at desc limit 100) r
  having count(*) >= 20
  on conflict (template) do update set n = excluded.n, p50 = excluded.p50, p90 = excluded.p90;
end
$$;

-- Templates with a success since they were last measured; found one by one in the index, never by reading attempts.
create function private.measure_times() returns void
language plpgsql set search_path = '' set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  v_template text := '';
begin
  loop
    select a.template into v_template from public.job_attempts a
    where a.outcome = 'succeeded' and a.template > v_template order by a.template limit 1;
    exit when not found;
    if (select a.ended_at from public.job_attempts a
        where a.outcome = 'succeeded' and a.template = v_template order by a.template, a.ended_at desc limit 1)
      > coalesce((select t.last_at from private.eta_times t
                  where t.template = v_template and t.steps is null and t.size is null and t.gpu is null), '-infinity')
    then
      perform private.measure_template(v_template);
      perform private.correct_template(v_template);
    end if;
  end loop;
end
$$;

-- The narrowest measure there is: box, size and steps; size and steps; box; steps; the template; else another template of
-- the same model, by its steps; else none.
create function private.times_for(p_template text, p_model text, p_steps int, p_pixels int, p_gpu text)
returns private.eta_times
language plpgsql stable set search_path = '' as $$
declare
  v_times private.eta_times;
begin
  select * into v_times from private.eta_times t
  where t.template = p_template and (t.steps is null or t.steps = p_steps)
    and (t.size is null or t.size = private.size_class(p_pixels)) and (t.gpu is null or t.gpu = p_gpu)
  order by (t.gpu is not null)::int + (t.size is not null)::int + (t.steps is not null)::int desc, t.gpu limit 1;
  if found or p_model is null or p_steps is null then
    return v_times;
  end if;
  select * into v_times from private.eta_times t
  where t.model_key = p_model and t.steps is null and t.size is null and t.gpu is null and t.mean_steps > 0
  order by t.n desc limit 1;
  if found then
    v_times.run50 := v_times.run50 * p_steps / v_times.mean_steps;
    v_times.run90 := v_times.run90 * p_steps / v_times.mean_steps;
    v_times.hold50 := v_times.hold50 * p_steps / v_times.mean_steps;
    v_times.hold90 := v_times.hold90 * p_steps / v_times.mean_steps;
  end if;
  return v_times;
end
$$;

-- Milliseconds of the start, half and nine of ten sooner. What was never measured for warm or cold is the other's.
create function private.start_ms(p_times private.eta_times, p_warm boolean, out p50 int, out p90 int)
language plpgsql immutable set search_path = '' as $$
begin
  p50 := coalesce(case when p_warm then p_times.warm50 else p_times.cold50 end, p_times.cold50, p_times.warm50, 0);
  p90 := coalesce(case when p_warm then p_times.warm90 else p_times.cold90 end, p_times.cold90, p_times.warm90, p50);
end
$$;

-- Boxes, not providers: those take what boxes leave (find_fallback_job).
create or replace function private.live_workers() returns table (id uuid, templates jsonb, trust public.worker_trust)
language plpgsql stable set search_path = '' as $$
begin
  return query
  select w.id, w.capabilities -> 'templates', k.trust
  from public.workers w join public.worker_keys k on k.id = w.key_id, public.settings s
  where w.last_seen > now() - interval '45 s' and not w.draining and w.revoked_at is null and k.revoked_at is null
    and k.trust <> 'provider' and k.trust >= s.min_trust;
end
$$;

-- Live workers of providers that offer the template and may be used at all.
create function private.live_providers(p_template text, p_min_trust public.worker_trust) returns int
language plpgsql stable set search_path = '' as $$
begin
  return (
    select count(*) from public.workers w join public.worker_keys k on k.id = w.key_id, public.settings s
    where k.trust = 'provider' and s.provider_fallback and s.min_trust <= 'community' and p_min_trust <= 'community'
      and not private.saves(s, 'fallback_off') and w.last_seen > now() - interval '45 s' and not w.draining
      and w.revoked_at is null and k.revoked_at is null and w.capabilities -> 'provider' -> 'offers' ? p_template);
end
$$;

-- Until a running job lets go of its GPU: by its steps once there are some, else what is left of a usual one; of one
-- that is late already half of what nine in ten would still take. Null while nothing is known of its like.
create function private.hold_left(p_job public.jobs) returns double precision
language plpgsql stable set search_path = '' as $$
declare
  v_now timestamptz := clock_timestamp();
  v_attempt public.job_attempts;
  v_times private.eta_times;
  v_past double precision;
begin
  if p_job.stage = 'saving' then
    return 0;
  end if;
  select * into v_attempt from public.job_attempts a where a.job_id = p_job.id and a.epoch = p_job.epoch;
  if p_job.stage = 'sampling' and p_job.step * 10 >= p_job.steps and p_job.step > 0 and v_attempt.sampling_at is not null then
    return private.gap_ms(v_attempt.sampling_at, p_job.shown_at) * (p_job.steps - p_job.step) / p_job.step
      - private.gap_ms(p_job.shown_at, v_now) * (p_job.step < p_job.steps)::int;
  end if;
  v_times := private.times_for(v_attempt.template, v_attempt.model_key, v_attempt.steps, v_attempt.pixels, v_attempt.gpu);
  if p_job.ahead then
    return v_times.hold50;
  end if;
  v_past := private.gap_ms(case when v_attempt.ahead then coalesce(v_attempt.began_at, v_now) else v_attempt.claimed_at end, v_now);
  return greatest(v_times.hold50 - v_past, (v_times.hold90 - v_past) / 2, 0);
end
$$;

-- Milliseconds until each live box that may take it has a free GPU. A job that nothing is known of counts as `p_hold`.
create function private.slots(p_template text, p_min_trust public.worker_trust, p_hold int) returns double precision[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select (
      select coalesce(sum(greatest(0, coalesce(private.hold_left(j), p_hold))), 0)
      from public.jobs j where j.worker_id = v.id and j.status = 'running')
    from private.live_workers() v where v.templates ? p_template and v.trust >= p_min_trust limit 200);
end
$$;

-- When the job behind `p_ahead` others begins, if each of them holds a GPU for `p_hold`.
create function private.wait_ms(p_slots double precision[], p_ahead int, p_hold double precision) returns double precision
language plpgsql stable set search_path = '' as $$
begin
  if p_ahead > 500 then
    return ((select sum(s) from unnest(p_slots) s) + p_ahead * p_hold) / cardinality(p_slots);
  end if;
  return (
    select s + i * p_hold as at from unnest(p_slots) s, generate_series(0, p_ahead) i
    order by at offset p_ahead limit 1);
end
$$;

-- What the live boxes that can run a job of this kind could run besides: only those compete with it. Pairs of template
-- and trust.
create function private.rivals(p_template text, p_min_trust public.worker_trust, out templates text[],
  out trusts public.worker_trust[])
language plpgsql stable set search_path = '' as $$
begin
  select array_agg(r.t), array_agg(r.m) into templates, trusts
  from (
    select distinct t, m
    from private.live_workers() w, jsonb_array_elements_text(w.templates) t, unnest(enum_range(null::public.worker_trust)) m
    where w.templates ? p_template and w.trust >= p_min_trust and m <= w.trust) r;
end
$$;

-- What a job ahead usually holds a GPU for: the rivals' own times, weighed by how many of each wait.
create function private.usual_hold(p_templates text[], p_times private.eta_times, out p50 double precision, out p90 double precision)
language plpgsql stable set search_path = '' as $$
begin
  select sum(t.hold50 * (coalesce(d.queued, 0) + 0.01)) / sum(coalesce(d.queued, 0) + 0.01),
    sum(t.hold90 * (coalesce(d.queued, 0) + 0.01)) / sum(coalesce(d.queued, 0) + 0.01)
  into p50, p90
  from (select distinct r from unnest(p_templates) r) x (r)
  join private.eta_times t on t.template = x.r and t.steps is null and t.size is null and t.gpu is null
  left join private.queue_depths d on d.template = x.r;
  p50 := coalesce(p50, p_times.hold50);
  p90 := coalesce(p90, p_times.hold90);
end
$$;

drop function private.queue_view(text, public.worker_trust, int);
-- `p_wish`: {model_key, steps, pixels} as far as they are known, and `no_provider`. Never a number where nothing was
-- measured, nor while no box is up or on its way.
create function private.queue_view(p_template text, p_min_trust public.worker_trust, p_ahead int, p_wish jsonb)
returns jsonb
language plpgsql stable set search_path = '' as $$
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
begin
  select count(*), bool_or(w.warm @> array[p_wish ->> 'model_key']), case when count(distinct w.gpu) = 1 then min(w.gpu) end
  into v_boxes, v_warm, v_gpu
  from private.live_workers() v join public.workers w on w.id = v.id
  where v.templates ? p_template and v.trust >= p_min_trust;
  if v_boxes = 0 then
    v_starting := private.starting_ms(p_template, p_min_trust);
    if not coalesce((p_wish ->> 'no_provider')::boolean, false) then
      v_providers := private.live_providers(p_template, p_min_trust);
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
  return jsonb_build_object('ahead', p_ahead, 'workers_online', v_boxes + v_providers,
    'eta_ms', round(v_p50 * coalesce(v_factor.p50, 1)),
    'p90_ms', round(greatest(v_p90 * coalesce(v_factor.p90, 1), v_p50 * coalesce(v_factor.p50, 1))),
    'raw_p50_ms', round(v_p50), 'raw_p90_ms', round(v_p90),
    'starting_ms', v_starting, 'warm', case when p_wish ? 'model_key' then v_warm end, 'fallback', v_providers > 0);
end
$$;

create function private.wish_of(p_job public.jobs) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return jsonb_build_object('model_key', p_job.model_key, 'steps', p_job.steps, 'pixels', private.spec_pixels(p_job.id),
    'no_provider', exists (select from public.profiles p where p.id = p_job.owner and p.refuse_provider)
      or coalesce((p_job.remote ->> 'refused')::boolean, false));
end
$$;

-- Until a running job is done: {eta_ms, p90_ms}; null where nothing like it was measured, or it took longer than nine in
-- ten. By its own steps once there are some, so that a slow box says so itself.
create function private.rest_view(p_job public.jobs) returns jsonb
language plpgsql stable set search_path = '' as $$
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
  v_times := private.times_for(v_attempt.template, v_attempt.model_key, v_attempt.steps, v_attempt.pixels, v_attempt.gpu);
  if v_attempt.backend <> 'comfy' or v_times.template is null then
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
$$;

-- Jobs of one lane that rivals of a kind would take, no more than `p_limit`. `p_before`: only those older than this job.
drop function private.count_lane(uuid, public.lane_class, text[], int, uuid),
  private.count_turns(uuid, public.lane_class, text[], int, timestamptz),
  private.count_class(public.lane_class, text[], int),
  private.count_ahead(uuid, public.lane_class, text, uuid), private.rival_templates(text);

create function private.count_lane(p_owner uuid, p_class public.lane_class, p_templates text[],
  p_trusts public.worker_trust[], p_limit int, p_before uuid) returns int
language plpgsql stable set search_path = '' set enable_bitmapscan = off set enable_sort = off as $$
begin
  return (
    select least(p_limit, coalesce(sum(case when p_before is null then n.queued else (
      select count(*) from (
        select from public.jobs j
        where j.owner = p_owner and j.lane = p_class and j.status = 'queued'
          and j.mode || '/' || j.variant = n.template and j.min_trust = n.min_trust and j.id < p_before
        order by j.id limit p_limit) c) end), 0))
    from private.lane_needs n join unnest(p_templates, p_trusts) r (t, m) on r.t = n.template and r.m = n.min_trust
    where n.owner = p_owner and n.class = p_class and n.queued > 0);
end
$$;

-- Jobs of the other lanes of a class that go before a lane which stands at `p_since` and has `p_own` jobs of its own to
-- be served first: lanes take turns, so each of them lets that many pass, and one more when it stands further ahead.
create function private.count_turns(p_owner uuid, p_class public.lane_class, p_templates text[],
  p_trusts public.worker_trust[], p_own int, p_since timestamptz) returns int
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(sum(least(l.queued, p_own + (l.last_served_at < p_since)::int)), 0)
    from (
      select sum(n.queued) as queued, min(n.last_served_at) as last_served_at
      from private.lane_needs n join unnest(p_templates, p_trusts) r (t, m) on r.t = n.template and r.m = n.min_trust
      where n.class = p_class and n.queued > 0 and n.owner is distinct from p_owner group by n.owner
    ) l);
end
$$;

-- Jobs of another class, no further than `p_limit`: as many as its weight lets pass meanwhile.
create function private.count_class(p_class public.lane_class, p_templates text[], p_trusts public.worker_trust[],
  p_limit int) returns int
language plpgsql stable set search_path = '' as $$
begin
  return (
    select least(p_limit, coalesce(sum(n.queued), 0))
    from private.lane_needs n join unnest(p_templates, p_trusts) r (t, m) on r.t = n.template and r.m = n.min_trust
    where n.class = p_class and n.queued > 0);
end
$$;

-- Jobs served before `p_job`, or before a job not yet pressed when it is null; 0 while no box is up for it: nothing is
-- served before it then.
create function private.count_ahead(p_owner uuid, p_class public.lane_class, p_template text,
  p_min_trust public.worker_trust, p_job uuid) returns int
language plpgsql stable set search_path = '' as $$
declare
  v_rivals record;
  v_weights jsonb := (select s.class_weights from public.settings s);
  v_own int;
  v_since timestamptz;
  v_ahead int;
begin
  select * into v_rivals from private.rivals(p_template, p_min_trust);
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
$$;

create or replace function private.position(p_job public.jobs) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_template text := p_job.mode || '/' || p_job.variant;
begin
  if p_job.status = 'queued' then
    return private.queue_view(v_template, p_job.min_trust,
      private.count_ahead(p_job.owner, p_job.lane, v_template, p_job.min_trust, p_job.id), private.wish_of(p_job));
  end if;
  return private.queue_view(v_template, p_job.min_trust, null, private.wish_of(p_job)) || private.rest_view(p_job);
end
$$;

create or replace function private.waits_for(p_job public.jobs) returns text
language plpgsql stable set search_path = '' as $$
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
        or private.live_providers(p_job.mode || '/' || p_job.variant, p_job.min_trust) = 0) then 'no_worker'
  end;
end
$$;

drop function public.quote(uuid, boolean, jsonb, text, int, int);
-- As before. `p_wish`: {model_key, steps, pixels} of what would be made, for the estimate.
create function public.quote(p_owner uuid, p_anonymous boolean, p_buckets jsonb, p_template text, p_count int,
  p_price int, p_wish jsonb default '{}') returns jsonb
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
    'queue', case when p_template is null then private.queue_view(null, 'provider', null, '{}') else
      private.queue_view(p_template, 'provider', private.count_ahead(p_owner,
        case when v_purse = 'credits' then 'paid' when p_anonymous then 'anon' else 'free' end::public.lane_class,
        p_template, 'provider', null), p_wish || jsonb_build_object('no_provider', exists (
          select from public.profiles p where p.id = p_owner and p.refuse_provider))) end);
end
$$;
grant execute on function public.quote to service_role;

-- What the answer of a press says is what is promised.
create function private.keep_promises(p_jobs jsonb, p_positions jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  insert into public.eta_promises (job_id, template, p50_ms, p90_ms, raw_p50_ms, raw_p90_ms, facts)
  select (p ->> 'id')::uuid, (j ->> 'mode') || '/' || (j ->> 'variant'), (p ->> 'eta_ms')::int, (p ->> 'p90_ms')::int,
    (p ->> 'raw_p50_ms')::int, (p ->> 'raw_p90_ms')::int,
    jsonb_build_object('ahead', p -> 'ahead', 'workers', p -> 'workers_online', 'warm', p -> 'warm',
      'starting_ms', p -> 'starting_ms', 'model', j -> 'model_key', 'steps', j -> 'steps')
  from jsonb_array_elements(p_positions) p join jsonb_array_elements(p_jobs) j on j ->> 'id' = p ->> 'id'
  where p ->> 'eta_ms' is not null
  on conflict (job_id) do nothing;
end
$$;

create function private.settle_promise() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.status = 'succeeded' then
    update public.eta_promises p set actual_ms = private.gap_ms(p.promised_at, new.finished_at)::int where p.job_id = new.id;
  else
    delete from public.eta_promises p where p.job_id = new.id;
  end if;
  return null;
end
$$;
create trigger settle_promise after update of status on public.jobs
for each row when (new.status in ('succeeded', 'failed', 'canceled') and old.status <> new.status)
execute function private.settle_promise();

-- How often promises held, by template, of the last `p_last` that ended; `press` from the press, `claim` from the claim.
create function public.eta_calibration(p_last int default 100)
returns table (template text, point text, n int, p50_held real, p90_held real, p50_factor real, p90_factor real)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
  select x.template, x.point, count(*)::int, avg((x.actual <= x.p50)::int)::real, avg((x.actual <= x.p90)::int)::real,
    case when x.point = 'press' then f.p50 end, case when x.point = 'press' then f.p90 end
  from (
    (select p.template, 'press' as point, p.actual_ms::double precision as actual, p.p50_ms as p50, p.p90_ms as p90,
       row_number() over (partition by p.template order by p.promised_at desc) as place
     from public.eta_promises p where p.actual_ms is not null and p.promised_at > now() - interval '7 days')
    union all
    (select a.template, 'claim', private.gap_ms(case when a.ahead then coalesce(a.began_at, a.claimed_at) else a.claimed_at end, a.ended_at),
       a.promised_p50_ms, a.promised_p90_ms, row_number() over (partition by a.template order by a.ended_at desc)
     from public.job_attempts a
     where a.outcome = 'succeeded' and a.promised_p50_ms is not null and a.ended_at > now() - interval '7 days')
  ) x left join private.eta_factors f on f.template = x.template
  where x.place <= p_last group by x.template, x.point, f.p50, f.p90 order by 1, 2;
end
$$;
grant execute on function public.eta_calibration to service_role;

drop function private.start_attempt(public.jobs, uuid, boolean);
create function private.start_attempt(p_job public.jobs, p_worker uuid, p_stand_in boolean, p_warm text[], p_ahead boolean)
returns public.jobs
language plpgsql set search_path = '' as $$
declare
  v_now timestamptz := clock_timestamp();
  v_job public.jobs;
  v_warm boolean := p_job.model_key = any (p_warm);
  v_gpu text := (select w.gpu from public.workers w where w.id = p_worker);
  v_pixels int := private.spec_pixels(p_job.id);
  v_times private.eta_times;
  v_start record;
begin
  if p_job.epoch > 0 then
    perform private.close_attempt(p_job, 'lost', 'WORKER_LOST', null, coalesce(p_job.lease_until, v_now));
  end if;
  update public.jobs j
  set status = 'running', stage = 'starting', stage_at = v_now, shown_at = v_now, reported_at = v_now,
    started_at = coalesce(j.started_at, v_now), lease_until = v_now + k.lease_s * interval '1 s',
    epoch = j.epoch + 1, version = j.version + 1, attempts = j.attempts + 1,
    step = 0, progress = 0, worker_id = p_worker, stand_in = p_stand_in, ahead = p_ahead
  from public.job_kinds k where k.kind = j.kind and j.id = p_job.id returning j.* into v_job;
  v_times := private.times_for(v_job.mode || '/' || v_job.variant, v_job.model_key, v_job.steps, v_pixels, v_gpu);
  select * into v_start from private.start_ms(v_times, coalesce(v_warm, false));
  insert into public.job_attempts (job_id, epoch, worker_id, template, claimed_at, ahead, warm, model_key, steps, pixels,
    gpu, promised_p50_ms, promised_p90_ms)
  values (v_job.id, v_job.epoch, p_worker, v_job.mode || '/' || v_job.variant, v_now, p_ahead, coalesce(v_warm, false),
    v_job.model_key, v_job.steps, v_pixels, v_gpu, v_start.p50 + v_times.run50,
    v_start.p50 + v_times.run50
      + sqrt((v_times.run90 - v_times.run50)::real ^ 2 + (v_start.p90 - v_start.p50)::real ^ 2));
  update public.queue_lanes l
  set queued = l.queued - 1, running = l.running + 1, last_served_at = v_now, passed_at = null
  where l.owner = v_job.owner and l.class = v_job.lane;
  return v_job;
end
$$;

create or replace function public.claim_job(p_worker uuid, p_warm text[], p_ahead boolean default false) returns jsonb
language plpgsql security definer set search_path = '' as $$
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
$$;

-- As before, and: a job that was held ahead begins with its first report past `starting`; the moments of the attempt are
-- written once each; numbers that no box can mean (NaN, steps beyond 10,000) count as not said.
create or replace function private.apply_report(p_job public.jobs, p_stage public.job_stage, p_step int, p_steps int,
  p_progress real) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_now timestamptz := clock_timestamp();
  v_lease timestamptz := v_now + (select k.lease_s from public.job_kinds k where k.kind = p_job.kind) * interval '1 s';
  v_stage public.job_stage := greatest(p_stage, p_job.stage);
  v_steps int := case when p_steps between 1 and 10000 then p_steps else p_job.steps end;
  v_step int := least(greatest(coalesce(p_step, 0), case when v_steps = p_job.steps then p_job.step end), v_steps);
  v_progress real := greatest(least(coalesce(nullif(p_progress, 'NaN'), 0), 1), p_job.progress);
begin
  -- Past sampling every step is done, whatever the report said: the 80 % rule of cancel reads it.
  if v_stage in ('decoding', 'saving') then
    v_step := v_steps;
  end if;
  if v_stage <> p_job.stage or (
    (v_step, v_steps, v_progress) is distinct from (p_job.step, p_job.steps, p_job.progress)
    -- 1 s less the jitter of a worker that reports every second.
    and v_now - p_job.shown_at >= interval '950 ms')
  then
    update public.jobs j
    set lease_until = v_lease, reported_at = v_now, shown_at = v_now, version = j.version + 1, stage = v_stage,
      stage_at = case when v_stage = p_job.stage then j.stage_at else v_now end,
      started_at = case when j.ahead and v_stage > 'starting' then v_now else j.started_at end,
      ahead = j.ahead and v_stage <= 'starting',
      step = v_step, steps = v_steps, progress = v_progress
    where j.id = p_job.id and j.status = 'running' and j.epoch = p_job.epoch and j.version = p_job.version;
    if found and v_stage > 'starting' and v_stage <> p_job.stage then
      update public.job_attempts a
      set began_at = coalesce(a.began_at, v_now),
        sampling_at = case when v_stage >= 'sampling' then coalesce(a.sampling_at, v_now) end,
        saving_at = case when v_stage >= 'saving' then coalesce(a.saving_at, v_now) end
      where a.job_id = p_job.id and a.epoch = p_job.epoch;
      return true;
    end if;
  else
    update public.jobs j set lease_until = v_lease, reported_at = v_now
    where j.id = p_job.id and j.status = 'running' and j.epoch = p_job.epoch and j.version = p_job.version;
  end if;
  return found;
end
$$;

-- As before, and the box's own time cannot be longer than the attempt was on database time: a clock that jumped must not
-- cost the image, nor show in the books.
CREATE OR REPLACE FUNCTION public.complete_job(p_worker uuid, p_job uuid, p_epoch integer, p_assets jsonb, p_gpu_ms numeric, p_stage_ms jsonb)
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
  if not exists (select from jsonb_array_elements(p_assets) a where a ->> 'kind' in ('output', 'lora')) then
    perform private.refuse('OUTPUT_INVALID');
  end if;
  perform private.add_outputs(v_job, p_assets);
  update public.job_attempts a
  set gpu_ms = least(p_gpu_ms, private.gap_ms(a.claimed_at, clock_timestamp())), stage_ms = p_stage_ms,
    pixels = coalesce((
      select (o ->> 'width')::int * (o ->> 'height')::int from jsonb_array_elements(p_assets) o
      where o ->> 'kind' = 'output' limit 1), a.pixels)
  where a.job_id = p_job and a.epoch = p_epoch;
  perform private.close_attempt(v_job, 'succeeded');
  perform private.finish_job(v_job, 'succeeded', 'capture');
  perform private.touch_worker(p_worker);
  return jsonb_build_object('status', 'succeeded');
end
$function$;

-- Backpressure: beyond this many queued jobs in all, as of the last sweep, no press is taken.
alter table public.settings add column queue_cap int not null default 10000 check (queue_cap > 0);
comment on column public.settings.queue_cap is 'Queued jobs in all, counted every 5 s, from which presses are refused with QUEUE_FULL.';
alter table private.sweep_state
  add column queued int not null default 0,
  add column retry_after_s int not null default 60;
comment on column private.sweep_state.retry_after_s is 'Until a tenth of the cap has drained, at the speed of the last five minutes; 30 s to one hour.';

create function private.count_depths() returns void
language plpgsql set search_path = '' as $$
declare
  v_cap int := (select s.queue_cap from public.settings s);
  v_queued int;
  v_done int;
begin
  delete from private.queue_depths;
  insert into private.queue_depths (template, queued)
  select n.template, sum(n.queued) from private.lane_needs n where n.queued > 0 group by n.template;
  select coalesce(sum(d.queued), 0) into v_queued from private.queue_depths d;
  if v_queued >= v_cap then
    select count(*) into v_done from private.queue_depths d join public.job_attempts a on a.template = d.template
    where a.outcome = 'succeeded' and a.ended_at > now() - interval '5 minutes';
  end if;
  update private.sweep_state set queued = v_queued, retry_after_s = case
    when v_done > 0 then least(3600, greatest(30, (v_queued - v_cap * 0.9) * 300 / v_done)) else 60 end;
end
$$;

-- As before, and refused while the whole queue is too long, saying when to come back.
CREATE OR REPLACE FUNCTION private.check_intake(p_owner uuid, p_anonymous boolean, p_count integer)
 RETURNS void
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_full record;
  v_settings public.settings;
  v_open int := private.open_jobs(p_owner);
  v_cap int := private.open_cap(p_anonymous);
begin
  select * into v_settings from public.settings;
  if v_settings.intake_paused then
    perform private.refuse('INTAKE_PAUSED');
  end if;
  if private.is_cap_spent(v_settings) then
    perform private.refuse('SPEND_CAP_REACHED', jsonb_build_object('resets_at', private.next_utc_day()));
  end if;
  select st.queued, st.retry_after_s into v_full from private.sweep_state st where st.queued >= v_settings.queue_cap;
  if found then
    perform private.refuse('QUEUE_FULL', jsonb_build_object(
      'queued', v_full.queued, 'cap', v_settings.queue_cap, 'retry_after_s', v_full.retry_after_s));
  end if;
  if v_open + p_count > v_cap then
    perform private.refuse('TOO_MANY_JOBS', jsonb_build_object('open', v_open, 'cap', v_cap));
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION private.why_not(p_count integer, p_open integer, p_cap integer, p_purse public.job_purse, p_free_cap integer, p_balance integer, p_price integer)
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
    when v_settings.intake_paused then 'INTAKE_PAUSED'
    when private.is_cap_spent(v_settings) then 'SPEND_CAP_REACHED'
    when (select st.queued from private.sweep_state st) >= v_settings.queue_cap then 'QUEUE_FULL'
    when p_open + p_count > p_cap then 'TOO_MANY_JOBS'
    when p_purse = 'credits' and p_balance < p_price then
      case when p_balance > 0 or p_free_cap = 0 then 'PURSE_EMPTY' else 'FREE_LIMIT_REACHED' end
  end;
end
$function$;

-- As before, and what the answer says of each job's end is kept as a promise.
CREATE OR REPLACE FUNCTION public.enqueue_jobs(p_owner uuid, p_anonymous boolean, p_request_id uuid, p_request_hash text, p_purse text, p_expected_price integer, p_buckets jsonb, p_jobs jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  v_count int := jsonb_array_length(p_jobs);
  v_total int;
  v_answer jsonb;
  v_purse public.job_purse;
  v_class public.lane_class;
begin
  if v_count is null or v_count not between 1 and 4 then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('count', v_count));
  end if;
  perform private.lock_owner(p_owner);
  if private.is_replay(p_owner, p_request_id, p_request_hash) then
    return private.press_answer(p_owner, p_anonymous, p_request_id, p_buckets) || '{"replayed": true}';
  end if;

  perform private.check_intake(p_owner, p_anonymous, v_count);
  perform private.check_assets(p_owner, p_jobs);
  select sum((j ->> 'price')::int) into v_total from jsonb_array_elements(p_jobs) j;
  v_purse := private.check_purse(p_owner, p_buckets, p_purse::public.job_purse, p_expected_price, v_count, v_total);
  v_class := case when v_purse = 'credits' then 'paid' when p_anonymous then 'anon' else 'free' end;

  perform private.insert_jobs(p_owner, p_request_id, p_request_hash, v_purse, v_class, p_jobs);
  perform private.enter_lane(p_owner, v_class, v_count);
  perform private.take_purse(p_owner, p_buckets, v_purse, p_jobs, v_total, p_expected_price);
  v_answer := private.press_answer(p_owner, p_anonymous, p_request_id, p_buckets);
  perform private.keep_promises(v_answer -> 'jobs', v_answer -> 'positions');
  -- Last, so that a worker that comes at once finds the jobs committed.
  perform private.wake_workers();
  return v_answer || '{"replayed": false}';
end
$function$;

-- As before, and what was measured since is read, once for all servers.
create or replace function public.sweep() returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_jobs jsonb;
begin
  perform private.forget_networks();
  v_jobs := private.sweep_jobs();
  if not (v_jobs ->> 'skipped')::boolean then
    perform private.measure_times();
    perform private.count_depths();
  end if;
  return v_jobs || jsonb_build_object('expired_uploads', private.list_expired_uploads());
end
$$;
