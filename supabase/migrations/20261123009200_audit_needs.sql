-- As before, and the needs of a lane are its queued jobs: a claim would find too much or miss what waits.
create or replace function private.audit_queue()
 RETURNS TABLE(offence text, subject text, detail jsonb)
 LANGUAGE sql
 STABLE
 SET search_path TO ''
AS $function$
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
  union all
  select 'a lane''s needs are not its queued jobs', coalesce(n.owner, j.owner)::text,
    jsonb_build_object('template', coalesce(n.template, j.template), 'counted', n.queued, 'queued', j.queued)
  from (select * from private.lane_needs x where x.queued > 0) n
  full join (
    select q.owner, q.lane, q.mode || '/' || q.variant as template, q.min_trust, count(*) as queued
    from public.jobs q where q.status = 'queued' group by 1, 2, 3, 4
  ) j on j.owner = n.owner and j.lane = n.class and j.template = n.template and j.min_trust = n.min_trust
  where n.queued is distinct from j.queued
$function$;
