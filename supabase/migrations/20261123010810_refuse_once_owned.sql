-- A word that comes while the account is taken over or closed waits for that, and is refused: written between, it would
-- bind nobody.
create or replace function public.set_refuse_provider(p_owner uuid, p_refuse boolean) returns int
language plpgsql security definer set search_path = '' as $$
declare
  v_ids uuid[];
  v_job public.jobs;
  v_begun int := 0;
begin
  perform private.lock_owner(p_owner);
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
  v_ids := array(select o.id from private.at_provider(p_owner) o);
  perform from public.jobs j where j.id = any (v_ids) order by j.id for update;
  perform from public.queue_lanes l where l.owner = p_owner order by l.class for update;
  -- Again: some may have ended, or gone to a box of ours, while their locks were waited for.
  for v_job in
    select j.* from private.at_provider(p_owner) o join public.jobs j on j.id = o.id where j.id = any (v_ids) order by j.id
  loop
    if v_job.remote ? 'posted_at' or v_job.remote ? 'id' then
      v_begun := v_begun + (v_job.status = 'running')::int;
    else
      perform private.take_home(v_job);
    end if;
  end loop;
  return v_begun;
end
$$;
