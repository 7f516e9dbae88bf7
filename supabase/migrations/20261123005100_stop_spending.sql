-- The daily cap in money: rent of live boxes, idle ones included, and prices of providers. Free images stop at a share
-- of it, paid ones at all of it; both at the press and at the claim. Days are UTC, so everything opens again at
-- midnight by itself. Each threshold that a day passes opens one alert.
alter table public.settings
  add column free_stop_share numeric(4, 3) not null default 0.8 check (free_stop_share between 0 and 1);
comment on column public.settings.free_stop_share is 'Share of the daily cap from which only paid jobs are taken and dispatched.';
comment on column public.settings.alert_thresholds is 'Percent of the daily cap, each told of once a day.';
alter table public.settings alter column alert_thresholds set default '[50, 80, 100]';
update public.settings set alert_thresholds = '[50, 80, 100]' where alert_thresholds = '{}';

create index alerts_subject on public.alerts (kind, subject);

-- 0 without a cap; a cap of nothing is spent from the start.
create function private.spent_share(p_settings public.settings) returns numeric
language plpgsql stable set search_path = '' as $$
begin
  if p_settings.daily_cap_usd is null then
    return 0;
  end if;
  if p_settings.daily_cap_usd = 0 then
    return 1;
  end if;
  return coalesce((select s.usd_micros from public.spend_days s where s.day = private.utc_day()), 0)
    / (p_settings.daily_cap_usd * 1000000);
end
$$;

create or replace function private.is_cap_spent(p_settings public.settings) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return p_settings.daily_cap_usd is not null and private.spent_share(p_settings) >= 1;
end
$$;

create function private.is_free_stopped(p_settings public.settings) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return p_settings.daily_cap_usd is not null and private.spent_share(p_settings) >= p_settings.free_stop_share;
end
$$;

-- The row of the day is locked from here to the end of the transaction, so two sums never pass a threshold together.
create function private.book_spend(p_day date, p_micros bigint) returns void
language plpgsql set search_path = '' as $$
declare
  v_settings public.settings;
  v_total bigint;
  v_percent int;
begin
  insert into public.spend_days as s (day, usd_micros) values (p_day, p_micros)
  on conflict (day) do update set usd_micros = s.usd_micros + excluded.usd_micros
  returning s.usd_micros into v_total;
  select * into v_settings from public.settings;
  if v_settings.daily_cap_usd is null then
    return;
  end if;
  for v_percent in select e::int from jsonb_array_elements_text(v_settings.alert_thresholds) e loop
    if v_total * 100 >= v_percent * v_settings.daily_cap_usd * 1000000
      and not exists (select from public.alerts a where a.kind = 'spend' and a.subject = p_day || ' ' || v_percent)
    then
      insert into public.alerts (kind, subject, detail) values ('spend', p_day || ' ' || v_percent, jsonb_build_object(
        'percent', v_percent, 'spent_usd', round(v_total / 1000000.0, 2), 'cap_usd', v_settings.daily_cap_usd));
    end if;
  end loop;
end
$$;

-- Moves last_seen at most every 5 s and books the time since at the box's rate, each part to its own UTC day. A silence
-- of more than two minutes is booked as two: whether the box was alive then is not known. Always the last lock of a
-- transaction.
create or replace function private.touch_worker(p_worker uuid) returns void
language plpgsql set search_path = '' as $$
declare
  v_worker public.workers;
  v_now timestamptz := clock_timestamp();
  v_midnight timestamptz := date_trunc('day', v_now, 'UTC');
  v_from timestamptz;
  v_part record;
begin
  select * into v_worker from public.workers w
  where w.id = p_worker and w.last_seen < v_now - interval '5 s' for update skip locked;
  if not found then
    return;
  end if;
  update public.workers set last_seen = v_now where id = p_worker;
  if coalesce(v_worker.usd_per_hour, 0) = 0 then
    return;
  end if;
  v_from := greatest(v_worker.last_seen, v_now - interval '2 min');
  for v_part in
    select p.day, (extract(epoch from p.alive) * v_worker.usd_per_hour / 3600 * 1000000)::bigint as micros
    from (values
      ((v_midnight at time zone 'utc')::date - 1, v_midnight - v_from),
      ((v_midnight at time zone 'utc')::date, v_now - greatest(v_from, v_midnight))) p (day, alive)
    where p.alive > interval '0' order by p.day
  loop
    perform private.book_spend(v_part.day, v_part.micros);
  end loop;
end
$$;

-- What a provider charges for an attempt is known only from the provider: booked once, again only for the difference.
create function public.book_provider_cost(p_worker uuid, p_job uuid, p_epoch int, p_usd_micros bigint) returns void
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
  where a.job_id = p_job and a.epoch = p_epoch and a.worker_id = p_worker for update;
  if not found then
    perform private.refuse('JOB_NOT_FOUND');
  end if;
  if p_usd_micros > v_before then
    update public.job_attempts set cost_usd_micros = p_usd_micros where job_id = p_job and epoch = p_epoch;
    perform private.book_spend(private.utc_day(), p_usd_micros - v_before);
  end if;
end
$$;
grant execute on function public.book_provider_cost to service_role;

-- As before, but a price that a provider named stays.
create or replace function private.close_attempt(p_job public.jobs, p_outcome public.attempt_outcome,
  p_error text default null, p_detail text default null, p_ended_at timestamptz default clock_timestamp()) returns void
language plpgsql set search_path = '' as $$
begin
  update public.job_attempts a
  set ended_at = e.at, outcome = p_outcome, error_code = p_error, detail = p_detail,
    cost_usd_micros = coalesce(a.cost_usd_micros,
      (extract(epoch from e.at - a.claimed_at) * w.usd_per_hour / 3600 * 1000000)::bigint)
  from (select greatest(x.claimed_at, p_ended_at) as at, x.worker_id from public.job_attempts x
        where x.job_id = p_job.id and x.epoch = p_job.epoch) e
  left join public.workers w on w.id = e.worker_id
  where a.job_id = p_job.id and a.epoch = p_job.epoch and a.ended_at is null;
end
$$;

-- Every box of a key costs what the operator says of the key. Set before a box comes, or for those that are there.
alter table public.worker_keys add column usd_per_hour numeric(8, 4) check (usd_per_hour >= 0);
grant select (usd_per_hour) on public.worker_keys to service_role;
comment on column public.worker_keys.usd_per_hour is 'Rent of one box of this key; null costs nothing.';

create function public.set_key_rate(p_key uuid, p_usd_per_hour numeric) returns void
language plpgsql security definer set search_path = '' as $$
begin
  update public.worker_keys set usd_per_hour = p_usd_per_hour where id = p_key;
  if not found then
    perform private.refuse('NOT_FOUND', jsonb_build_object('key', p_key));
  end if;
  update public.workers set usd_per_hour = p_usd_per_hour where key_id = p_key;
  insert into public.audit_log (actor, action, subject, detail)
  values ('operator', 'set_key_rate', p_key::text, jsonb_build_object('usd_per_hour', p_usd_per_hour));
end
$$;
grant execute on function public.set_key_rate to service_role;

create function private.take_key_rate() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.usd_per_hour := coalesce(new.usd_per_hour,
    (select k.usd_per_hour from public.worker_keys k where k.id = new.key_id));
  return new;
end
$$;
create trigger take_key_rate before insert or update of key_id on public.workers
for each row execute function private.take_key_rate();

-- What is left for free: nothing while only paid jobs are taken (`stopped`), whatever the buckets say.
drop function private.free_left(uuid, jsonb);
create function private.free_left(p_owner uuid, p_buckets jsonb, out left_now int, out day_cap int, out shared boolean,
  out stopped boolean)
language plpgsql stable set search_path = '' as $$
declare
  v_settings public.settings;
begin
  select * into v_settings from public.settings;
  day_cap := case when v_settings.free_enabled then (v_settings.free_caps ->> 'account')::int else 0 end;
  select least(day_cap, min(b.cap - coalesce(u.used, 0))),
    coalesce(max(u.used) filter (where b.class <> 'account'), 0)
      > coalesce(max(u.used) filter (where b.class = 'account'), 0)
  into left_now, shared
  from private.free_buckets(p_owner, p_buckets) b
  left join public.free_usage u on u.bucket = b.bucket and u.day = private.utc_day();
  left_now := greatest(0, coalesce(left_now, day_cap));
  stopped := left_now > 0 and private.is_free_stopped(v_settings);
  if stopped then
    left_now := 0;
  end if;
end
$$;

create or replace function private.check_purse(p_owner uuid, p_buckets jsonb, p_purse public.job_purse, p_expected int,
  p_count int, p_price int) returns public.job_purse
language plpgsql set search_path = '' as $$
declare
  v_free record;
  v_balance int := coalesce((select a.balance from public.accounts a where a.owner = p_owner), 0);
  v_purse public.job_purse;
  v_facts jsonb;
begin
  select * into v_free from private.free_left(p_owner, p_buckets);
  v_purse := private.true_purse(v_free.left_now, p_count);
  v_facts := jsonb_build_object('left', v_free.left_now, 'cap', v_free.day_cap, 'resets_at', private.next_utc_day(),
    'shared', v_free.shared, 'balance', v_balance,
    'purse', v_purse, 'price', case v_purse when 'free' then p_count else p_price end);
  if v_purse = 'credits' and v_balance < p_price then
    perform private.refuse(case
      when v_free.stopped then 'FREE_PAUSED'
      when p_purse = 'free' and v_free.day_cap > 0 then 'FREE_LIMIT_REACHED'
      else 'PURSE_EMPTY' end, v_facts);
  end if;
  if v_purse <> p_purse or p_expected <> (v_facts ->> 'price')::int then
    perform private.refuse('PRICE_CHANGED', v_facts);
  end if;
  return v_purse;
end
$$;

create or replace function public.quote(p_owner uuid, p_anonymous boolean, p_buckets jsonb, p_template text,
  p_count int, p_price int) returns jsonb
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
    'queue', private.queue_view(p_template, 'provider', case when p_template is not null then
      private.count_ahead(p_owner,
        case when v_purse = 'credits' then 'paid' when p_anonymous then 'anon' else 'free' end::public.lane_class,
        p_template, null)
    end));
end
$$;

-- As before; free classes are left out of the draw once only paid jobs are dispatched.
create or replace function private.find_job(p_worker uuid, p_facts private.worker_facts, p_warm text[])
returns public.jobs
language plpgsql set search_path = '' as $$
declare
  v_settings public.settings;
  v_class public.lane_class;
  v_job public.jobs;
begin
  select * into v_settings from public.settings;
  if v_settings.dispatch_paused or p_facts.draining or p_facts.trust < v_settings.min_trust
    or (p_facts.trust = 'provider' and not v_settings.provider_fallback)
    or private.is_cap_spent(v_settings)
    or (select count(*) from (
        select from public.jobs j where j.status = 'running' and j.worker_id = p_worker limit v_settings.worker_cap) h)
      >= v_settings.worker_cap
    or not private.has_room(v_settings)
  then
    return null;
  end if;
  if private.is_free_stopped(v_settings) then
    v_settings.class_weights := v_settings.class_weights || '{"free": 0, "anon": 0}';
  end if;
  for v_class in select * from private.draw_classes(v_settings.class_weights) loop
    v_job := private.take_from_class((v_class, (v_settings.running_caps ->> v_class::text)::int, p_facts.templates,
      p_facts.trust, coalesce(p_warm, '{}'), v_settings.warm_patience_s * interval '1 s')::private.claim_wish);
    exit when v_job.id is not null;
  end loop;
  return v_job;
end
$$;
