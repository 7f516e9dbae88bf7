-- One press of Generate, in one transaction: replay, pauses, inputs, caps, purse and price, hold or free use, jobs,
-- specs, lane, wake. A refusal raises and leaves nothing behind.

-- The purse is free while every bucket has room for the whole press, else credits; never split over both.
create function private.true_purse(p_left int, p_count int) returns public.job_purse
language plpgsql immutable set search_path = '' as $$
begin
  return case when p_left >= p_count then 'free' else 'credits' end;
end
$$;

-- What a press would cost now: images for free, credits otherwise.
create function private.check_purse(p_owner uuid, p_buckets jsonb, p_purse public.job_purse, p_expected int,
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
    perform private.refuse(
      case when p_purse = 'free' and v_free.day_cap > 0 then 'FREE_LIMIT_REACHED' else 'PURSE_EMPTY' end, v_facts);
  end if;
  if v_purse <> p_purse or p_expected <> (v_facts ->> 'price')::int then
    perform private.refuse('PRICE_CHANGED', v_facts);
  end if;
  return v_purse;
end
$$;

create function private.check_assets(p_owner uuid, p_jobs jsonb) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_missing uuid;
begin
  select w.id into v_missing
  from (
    select (i ->> 'asset_id')::uuid as id
    from jsonb_array_elements(p_jobs) j, jsonb_array_elements(coalesce(j -> 'inputs', '[]')) i
    union
    select (j -> 'mask' ->> 'asset_id')::uuid from jsonb_array_elements(p_jobs) j
    where jsonb_typeof(j -> 'mask') = 'object'
  ) w
  left join public.assets a on a.id = w.id and a.owner = p_owner and a.deleted_at is null
  where a.id is null limit 1;
  if found then
    perform private.refuse('ASSET_NOT_FOUND', jsonb_build_object('asset', v_missing));
  end if;
end
$$;

create function private.open_jobs(p_owner uuid) returns int
language plpgsql stable set search_path = '' as $$
begin
  return (select coalesce(sum(l.queued + l.running), 0) from public.queue_lanes l where l.owner = p_owner);
end
$$;

create function private.open_cap(p_anonymous boolean) returns int
language plpgsql stable set search_path = '' as $$
begin
  return (select s.open_caps ->> case when p_anonymous then 'anonymous' else 'permanent' end from public.settings s);
end
$$;

-- Unique among the owner's jobs; the caller holds lock_owner, so looking is enough.
create function private.new_transmission(p_owner uuid) returns text
language plpgsql volatile set search_path = '' as $$
declare
  v_candidate text;
begin
  loop
    v_candidate := right(gen_random_uuid()::text, 8);
    exit when not exists (select from public.jobs j where j.owner = p_owner and j.transmission = v_candidate);
  end loop;
  return v_candidate;
end
$$;

create function private.enter_lane(p_owner uuid, p_class public.lane_class, p_count int) returns void
language plpgsql set search_path = '' as $$
begin
  insert into public.queue_lanes as l (owner, class, queued, last_served_at)
  values (p_owner, p_class, p_count, clock_timestamp())
  on conflict (owner, class) do update
  set queued = l.queued + p_count,
    last_served_at = case when l.queued = 0 then clock_timestamp() else l.last_served_at end;
end
$$;

create function private.hold(p_owner uuid, p_jobs jsonb, p_total int) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_balance int;
begin
  update public.accounts a
  set balance = a.balance - p_total, held = a.held + p_total, updated_at = now()
  where a.owner = p_owner and a.balance >= p_total returning a.balance into v_balance;
  if not found then
    return false;
  end if;
  insert into public.ledger (owner, job_id, kind, delta, balance_after)
  select p_owner, (j ->> 'id')::uuid, 'hold', -(j ->> 'price')::int,
    v_balance + p_total - sum((j ->> 'price')::int) over (order by ord)
  from jsonb_array_elements(p_jobs) with ordinality as e (j, ord) order by ord;
  return true;
end
$$;

create function private.insert_jobs(p_owner uuid, p_request_id uuid, p_request_hash text, p_purse public.job_purse,
  p_class public.lane_class, p_jobs jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  -- A microsecond apart, so that paging by created_at never skips an image of one press.
  insert into public.jobs (id, owner, request_id, ordinal, created_at, lane, purse, price, steps, mode, variant,
    model_key, min_trust, transmission)
  select (j ->> 'id')::uuid, p_owner, p_request_id, ord - 1, now() + ord * interval '1 microsecond', p_class, p_purse,
    case p_purse when 'free' then 1 else (j ->> 'price')::int end, (j ->> 'steps')::int,
    j ->> 'mode', j ->> 'variant', j ->> 'model_key',
    greatest(coalesce((j ->> 'min_trust')::public.worker_trust, 'provider'), s.min_trust),
    private.new_transmission(p_owner)
  from public.settings s, jsonb_array_elements(p_jobs) with ordinality as e (j, ord);

  insert into public.job_specs (job_id, request_hash, prompt, negative, creativity, chaos, seed, params, inputs, mask,
    workflow_hash)
  select (j ->> 'id')::uuid, p_request_hash, j ->> 'prompt', coalesce(j ->> 'negative', ''),
    (j ->> 'creativity')::numeric, (j ->> 'chaos')::numeric, j ->> 'seed', coalesce(j -> 'params', '{}'),
    coalesce(j -> 'inputs', '[]'), nullif(j -> 'mask', 'null'), j ->> 'workflow_hash'
  from jsonb_array_elements(p_jobs) as e (j);
end
$$;

-- True when the owner pressed this before. The same request id with another wish is a mistake.
create function private.is_replay(p_owner uuid, p_request_id uuid, p_request_hash text) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_hash text;
begin
  select s.request_hash into v_hash
  from public.jobs j join public.job_specs s on s.job_id = j.id
  where j.owner = p_owner and j.request_id = p_request_id limit 1;
  if v_hash <> p_request_hash then
    perform private.refuse('REQUEST_ID_REUSED');
  end if;
  return v_hash is not null;
end
$$;

-- Everything a press is answered with, so that it is one round trip: the rows of its jobs, specs and inputs (whole;
-- callers take the columns they know), where the jobs stand, and what is left, as `quote` says it.
create function private.press_answer(p_owner uuid, p_anonymous boolean, p_request_id uuid, p_buckets jsonb)
returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_jobs jsonb;
  v_ids uuid[];
  v_specs jsonb;
  v_inputs uuid[];
begin
  select jsonb_agg(to_jsonb(j) order by j.ordinal), array_agg(j.id) into v_jobs, v_ids
  from public.jobs j where j.owner = p_owner and j.request_id = p_request_id;
  select jsonb_agg(to_jsonb(s)) into v_specs from public.job_specs s where s.job_id = any (v_ids);
  v_inputs := array(select (i ->> 'asset_id')::uuid
                    from jsonb_array_elements(v_specs) s, jsonb_array_elements(s -> 'inputs') i);
  return jsonb_build_object('jobs', v_jobs, 'specs', v_specs,
    -- Deleted ones too: past jobs keep showing what they were made from.
    'inputs', (select coalesce(jsonb_agg(to_jsonb(a)), '[]') from public.assets a
               where a.owner = p_owner and a.id = any (v_inputs)),
    'positions', public.queue_positions(v_ids),
    'quote', public.quote(p_owner, p_anonymous, p_buckets, null, 1, 0));
end
$$;

create function private.check_intake(p_owner uuid, p_anonymous boolean, p_count int) returns void
language plpgsql stable set search_path = '' as $$
declare
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
  if v_open + p_count > v_cap then
    perform private.refuse('TOO_MANY_JOBS', jsonb_build_object('open', v_open, 'cap', v_cap));
  end if;
end
$$;

create function public.enqueue_jobs(p_owner uuid, p_anonymous boolean, p_request_id uuid, p_request_hash text,
  p_purse text, p_expected_price int, p_buckets jsonb, p_jobs jsonb) returns jsonb
-- Every statement in here finds its rows by key, whatever the values: planning them again for each press (which is
-- what Postgres chooses while a table was never analysed) cost a quarter of the press.
language plpgsql security definer set search_path = '' set plan_cache_mode = force_generic_plan as $$
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
  -- Last, so that a worker that comes at once finds the jobs committed.
  perform private.wake_workers();
  return v_answer || '{"replayed": false}';
end
$$;

-- check_purse looked without locking; what others took in between makes this refuse with fresh facts.
create function private.take_purse(p_owner uuid, p_buckets jsonb, p_purse public.job_purse, p_jobs jsonb,
  p_total int, p_expected int) returns void
language plpgsql set search_path = '' as $$
declare
  v_count int := jsonb_array_length(p_jobs);
begin
  if p_purse = 'credits' then
    if not private.hold(p_owner, p_jobs, p_total) then
      perform private.check_purse(p_owner, p_buckets, p_purse, p_expected, v_count, p_total);
      perform private.refuse('PURSE_EMPTY', jsonb_build_object('price', p_total));
    end if;
    return;
  end if;
  if not private.take_free_uses(p_owner, p_buckets, v_count) then
    perform private.check_purse(p_owner, p_buckets, p_purse, p_expected, v_count, p_total);
    perform private.refuse('FREE_LIMIT_REACHED', jsonb_build_object('resets_at', private.next_utc_day()));
  end if;
  insert into public.free_holds (job_id, buckets, day)
  select (j ->> 'id')::uuid, (select array_agg(b.bucket) from private.free_buckets(p_owner, p_buckets) b),
    private.utc_day()
  from jsonb_array_elements(p_jobs) j;
end
$$;

grant execute on function public.enqueue_jobs to service_role;
