-- What an image costs, by mode and by where it was made: at a provider its price; on our own boxes its part of the rent,
-- idle time included, by the time its attempts took. Failed attempts belong to the images that were made.
create function public.image_costs(p_days int default 7)
returns table (mode text, backend text, images int, attempts int, usd numeric, idle_usd numeric, seconds numeric)
language plpgsql stable security definer set search_path = '' as $$
declare
  v_from timestamptz := date_trunc('day', now(), 'UTC') - (greatest(p_days, 1) - 1) * interval '1 day';
  v_rent numeric;
begin
  select coalesce(sum(s.usd_micros), 0) - coalesce((
      select sum(a.cost_usd_micros) from public.job_attempts a where a.backend <> 'comfy' and a.claimed_at >= v_from), 0)
  into v_rent from public.spend_days s where s.day >= (v_from at time zone 'utc')::date;
  return query
  with made as (
    select split_part(a.template, '/', 1) as mode, a.backend, count(*) filter (where a.outcome = 'succeeded')::int as images,
      count(*)::int as attempts, coalesce(sum(a.cost_usd_micros), 0) as direct,
      avg(extract(epoch from a.ended_at - a.claimed_at)) filter (where a.outcome = 'succeeded') as seconds
    from public.job_attempts a where a.claimed_at >= v_from and a.ended_at is not null group by 1, 2
  ), total as (
    select sum(m.direct) as own from made m where m.backend = 'comfy'
  ), paid as (
    select m.*, case when m.backend = 'comfy' and t.own > 0 then greatest(v_rent, 0) * m.direct / t.own else m.direct end as full
    from made m, total t
  )
  select p.mode, p.backend, p.images, p.attempts, round(p.full / nullif(p.images, 0) / 1000000, 5),
    round(greatest(p.full - p.direct, 0) / nullif(p.images, 0) / 1000000, 5), round(p.seconds, 1)
  from paid p order by 1, 2;
end
$$;
grant execute on function public.image_costs to service_role;
