-- Calls a minute, counted for all servers together. Unlogged: a crash forgets at most a minute of counting, and no call
-- waits for the disk.
create unlogged table private.rate_windows (
  slot bigint not null,
  key text not null,
  used int not null,
  primary key (slot, key)
) with (fillfactor = 50);
comment on table private.rate_windows is 'Kept for two windows; keys are accounts and HMACs of networks, never addresses.';
alter table private.rate_windows enable row level security;

-- Takes one call from every key: the seconds to wait for each, in their order, 0 when it was taken. The window slides:
-- what is left of the one before counts by the share of it that still lies within the last `p_window_s`. A refused call
-- is not counted, so that waiting always helps.
create function public.spend_rate(p_keys text[], p_caps int[], p_window_s int) returns int[]
language plpgsql security definer set search_path = '' as $$
declare
  v_at double precision := extract(epoch from clock_timestamp()) / p_window_s;
  v_slot bigint := floor(v_at);
  v_rest double precision := 1 - (v_at - v_slot);
  v_wait int[] := array_fill(0, array[cardinality(p_keys)]);
  v_call record;
  v_earlier int;
begin
  -- Sorted, so that two calls never wait for each other in a circle.
  for v_call in select k.key, k.ord, p_caps[k.ord] as cap
    from unnest(p_keys) with ordinality k (key, ord) order by k.key
  loop
    select floor(r.used * v_rest) into v_earlier
    from private.rate_windows r where r.slot = v_slot - 1 and r.key = v_call.key;
    v_earlier := coalesce(v_earlier, 0);
    if v_earlier < v_call.cap then
      insert into private.rate_windows as r (slot, key, used) values (v_slot, v_call.key, 1)
      on conflict (slot, key) do update set used = r.used + 1 where r.used + v_earlier < v_call.cap;
    end if;
    if v_earlier >= v_call.cap or not found then
      v_wait[v_call.ord] := greatest(1, ceil(v_rest * p_window_s));
    end if;
  end loop;
  return v_wait;
end
$$;
grant execute on function public.spend_rate to service_role;

-- Networks are forgotten after two days: their counters, and which of them a free image was counted in.
create index free_holds_networks on public.free_holds (day) where cardinality(buckets) > 1;

create function private.forget_networks() returns void
language plpgsql set search_path = '' as $$
begin
  delete from public.free_usage u where u.day < private.utc_day() - 2;
  update public.free_holds h
  set buckets = array(select b from unnest(h.buckets) b where b like 'account:%')
  where h.job_id in (
    select x.job_id from public.free_holds x
    where x.day < private.utc_day() - 2 and cardinality(x.buckets) > 1 limit 1000 for update skip locked);
  delete from private.rate_windows r where r.slot < floor(extract(epoch from clock_timestamp()) / 60) - 2;
end
$$;

create or replace function public.sweep() returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  perform private.forget_networks();
  return private.sweep_jobs() || jsonb_build_object('expired_uploads', private.list_expired_uploads());
end
$$;

-- As before; days that are forgotten are not counted.
create or replace function private.audit_free_uses() returns table (offence text, subject text, detail jsonb)
language sql stable set search_path = '' as $$
  select 'a bucket does not count its holds', b.bucket, jsonb_build_object('day', b.day, 'used', b.used, 'holds', b.holds)
  from (
    select coalesce(u.bucket, h.bucket) as bucket, coalesce(u.day, h.day) as day, coalesce(u.used, 0) as used,
      coalesce(h.holds, 0) as holds
    from (select * from public.free_usage f where f.day >= private.utc_day() - 2) u
    full join (
      select x.bucket, f.day, count(*) as holds
      from public.free_holds f, unnest(f.buckets) as x (bucket)
      where f.returned_at is null and f.day >= private.utc_day() - 2 group by x.bucket, f.day
    ) h on h.bucket = u.bucket and h.day = u.day
  ) b
  where b.used <> b.holds
  union all
  select 'a free use and its job disagree', j.id::text, jsonb_build_object('status', j.status, 'hold', to_jsonb(h))
  from public.jobs j left join public.free_holds h on h.job_id = j.id
  where j.purse = 'free' and (h.job_id is null or (h.returned_at is not null) <> (j.returned > 0)
    or (j.status = 'failed' and j.returned = 0) or (j.status in ('queued', 'running', 'succeeded') and j.returned > 0))
$$;
