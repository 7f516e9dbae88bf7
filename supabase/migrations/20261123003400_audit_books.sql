-- Every row is an offence against an invariant of the books, the lanes or the attempts; no rows means balanced.
create view private.credit_jobs as
select j.id, j.owner, j.status, j.price, j.returned,
  (select count(*) from public.ledger l where l.job_id = j.id and l.kind = 'hold' and l.delta = -j.price) as holds,
  e.kind as ended_by, e.delta
from public.jobs j
left join public.ledger e on e.job_id = j.id and e.kind in ('capture', 'release')
where j.purse = 'credits';

create function private.audit_money() returns table (offence text, subject text, detail jsonb)
language sql stable set search_path = '' as $$
  select 'balance is not the sum of the ledger', coalesce(a.owner, l.owner)::text,
    jsonb_build_object('balance', a.balance, 'sum', l.total)
  from public.accounts a
  full join (select x.owner, sum(x.delta) as total from public.ledger x group by x.owner) l on l.owner = a.owner
  where coalesce(a.balance, 0) <> coalesce(l.total, 0)
  union all
  select 'held is not the sum of open holds', a.owner::text, jsonb_build_object('held', a.held, 'open', o.total)
  from public.accounts a
  left join lateral (
    select coalesce(-sum(h.delta), 0) as total from public.ledger h
    where h.owner = a.owner and h.kind = 'hold' and not exists (
      select from public.ledger e where e.job_id = h.job_id and e.kind in ('capture', 'release'))
  ) o on true
  where a.held <> o.total
  union all
  select 'a balance is not the last balance_after', a.owner::text, jsonb_build_object('balance', a.balance)
  from public.accounts a
  where a.balance <> (select l.balance_after from public.ledger l where l.owner = a.owner order by l.id desc limit 1)
  union all
  select 'a job and its money disagree', c.id::text, to_jsonb(c)
  from private.credit_jobs c
  where c.holds <> 1 or case c.status
    when 'succeeded' then c.ended_by is distinct from 'capture'
    when 'failed' then c.ended_by is distinct from 'release'
    when 'canceled' then c.ended_by is null or c.returned <> c.delta
    else c.ended_by is not null
  end
  union all
  select 'an open hold has no job', h.job_id::text, to_jsonb(h)
  from public.ledger h
  where h.kind = 'hold' and not exists (select from public.jobs j where j.id = h.job_id)
    and not exists (select from public.ledger e where e.job_id = h.job_id and e.kind in ('capture', 'release'))
$$;

create function private.audit_free_uses() returns table (offence text, subject text, detail jsonb)
language sql stable set search_path = '' as $$
  select 'a bucket does not count its holds', b.bucket, jsonb_build_object('day', b.day, 'used', b.used, 'holds', b.holds)
  from (
    select coalesce(u.bucket, h.bucket) as bucket, coalesce(u.day, h.day) as day, coalesce(u.used, 0) as used,
      coalesce(h.holds, 0) as holds
    from public.free_usage u
    full join (
      select x.bucket, f.day, count(*) as holds
      from public.free_holds f, unnest(f.buckets) as x (bucket)
      where f.returned_at is null and f.day >= private.utc_day() - 3 group by x.bucket, f.day
    ) h on h.bucket = u.bucket and h.day = u.day
  ) b
  where b.used <> b.holds
  union all
  select 'a free use and its job disagree', j.id::text, jsonb_build_object('status', j.status, 'hold', to_jsonb(h))
  from public.jobs j left join public.free_holds h on h.job_id = j.id
  where j.purse = 'free' and (h.job_id is null or (h.returned_at is not null) <> (j.returned > 0)
    or (j.status = 'failed' and j.returned = 0) or (j.status in ('queued', 'running', 'succeeded') and j.returned > 0))
$$;

create function private.audit_queue() returns table (offence text, subject text, detail jsonb)
language sql stable set search_path = '' as $$
  select 'a lane does not count its jobs', l.owner::text, to_jsonb(l) || jsonb_build_object('jobs', to_jsonb(c))
  from public.queue_lanes l
  full join (
    select j.owner, j.lane, count(*) filter (where j.status = 'queued') as queued,
      count(*) filter (where j.status = 'running') as running
    from public.jobs j where j.status in ('queued', 'running') group by j.owner, j.lane
  ) c on c.owner = l.owner and c.lane = l.class
  where coalesce(l.queued, 0) <> coalesce(c.queued, 0) or coalesce(l.running, 0) <> coalesce(c.running, 0)
  union all
  select 'a running job has no open attempt', j.id::text, jsonb_build_object('epoch', j.epoch)
  from public.jobs j
  where j.status = 'running' and not exists (
    select from public.job_attempts a where a.job_id = j.id and a.epoch = j.epoch and a.outcome is null)
  union all
  select 'an attempt is open that nothing can end', a.job_id::text, to_jsonb(a)
  from public.job_attempts a join public.jobs j on j.id = a.job_id
  where a.outcome is null and (a.epoch <> j.epoch or j.status in ('succeeded', 'failed', 'canceled'))
$$;

create function public.audit_books() returns table (offence text, subject text, detail jsonb)
language sql stable security definer set search_path = '' as $$
  select * from private.audit_money()
  union all select * from private.audit_free_uses()
  union all select * from private.audit_queue()
$$;

grant execute on function public.audit_books to service_role;
