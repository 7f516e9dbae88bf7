-- Closing an account gives back the free images of all its open jobs in one transaction. Networks were locked job by job,
-- so somebody who pressed in two of them at that moment could wait for the close while it waited for them: everything is
-- locked first, in the order that all keep (job, lane, account, buckets).
create or replace function private.end_open_jobs(p_owner uuid) returns int
language plpgsql set search_path = '' as $$
declare
  v_job public.jobs;
  v_queued boolean;
  v_ended int := 0;
begin
  perform from public.jobs j where j.owner = p_owner and j.status in ('queued', 'running') order by j.id for update;
  perform from public.queue_lanes l where l.owner = p_owner order by l.class for update;
  perform from public.accounts a where a.owner = p_owner for update;
  perform from public.free_usage u
  where (u.bucket, u.day) in (
    select unnest(h.buckets), h.day from public.free_holds h join public.jobs j on j.id = h.job_id
    where j.owner = p_owner and j.status in ('queued', 'running'))
  order by u.bucket, u.day for update;
  for v_job in
    select * from public.jobs j where j.owner = p_owner and j.status in ('queued', 'running') order by j.id
  loop
    v_queued := v_job.status = 'queued';
    perform private.finish_job(v_job, 'canceled',
      case when v_queued or v_job.purse = 'credits' then 'release' else 'capture' end::public.ledger_kind);
    if v_queued then
      perform private.close_attempt(v_job, 'lost', 'WORKER_LOST', null, coalesce(v_job.lease_until, now()));
    else
      perform private.close_attempt(v_job, 'canceled');
    end if;
    if v_job.worker_id is not null then
      perform private.send_cancel(v_job.id, v_job.epoch);
    end if;
    v_ended := v_ended + 1;
  end loop;
  return v_ended;
end
$$;
