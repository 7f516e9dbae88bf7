-- Whoever withdraws the word that a provider may render is not rendered there from that moment on: what a provider has
-- claimed and not begun goes back, and its next write is refused. What it has begun is paid for and ends as it is; the
-- answer says how many those are.
drop function public.set_refuse_provider(uuid, boolean);
create function public.set_refuse_provider(p_owner uuid, p_refuse boolean) returns int
language plpgsql security definer set search_path = '' as $$
declare
  v_id uuid;
  v_job public.jobs;
  v_begun int := 0;
begin
  perform private.refuse('UNAUTHENTICATED') where exists (
    select from private.closed_accounts c where c.owner = p_owner);
  if p_refuse then
    -- The lock under which a provider is given a job: after it none has looked before this word.
    perform pg_advisory_xact_lock(20261123, 25);
  end if;
  insert into public.profiles as p (id, refuse_provider) values (p_owner, p_refuse)
  on conflict (id) do update set refuse_provider = excluded.refuse_provider;
  if not p_refuse then
    return 0;
  end if;
  for v_id in select o.id from private.at_provider(p_owner) o order by o.id loop
    select j.* into v_job from public.jobs j join public.queue_lanes l on l.owner = j.owner and l.class = j.lane
    where j.id = v_id and j.status in ('queued', 'running') and j.worker_id is not null for update of j, l;
    continue when not found;
    if v_job.remote ? 'posted_at' or v_job.remote ? 'id' then
      v_begun := v_begun + (v_job.status = 'running')::int;
    else
      perform private.take_home(v_job);
    end if;
  end loop;
  return v_begun;
end
$$;
grant execute on function public.set_refuse_provider to service_role;

-- Jobs of an owner that a provider's worker may write to.
create function private.at_provider(p_owner uuid) returns table (id uuid)
language plpgsql stable set search_path = '' as $$
begin
  return query
  select j.id from public.worker_keys k join public.workers w on w.key_id = k.id
  join public.jobs j on j.worker_id = w.id and j.status = 'running'
  where k.trust = 'provider' and j.owner = p_owner
  union
  select j.id from public.jobs j join public.workers w on w.id = j.worker_id join public.worker_keys k on k.id = w.key_id
  where j.owner = p_owner and j.status = 'queued' and k.trust = 'provider';
end
$$;

create function private.take_home(p_job public.jobs) returns void
language plpgsql set search_path = '' as $$
begin
  perform private.close_attempt(p_job, 'drained', null, 'the owner lets no provider render');
  perform private.send_cancel(p_job.id, p_job.epoch);
  if p_job.status = 'running' then
    perform private.requeue_job(p_job, false, false);
  else
    update public.jobs set worker_id = null, lease_until = null, attempts = attempts - 1 where id = p_job.id;
  end if;
  update public.jobs set remote = nullif(jsonb_strip_nulls(jsonb_build_object('refused', remote -> 'refused')), '{}')
  where id = p_job.id;
end
$$;
