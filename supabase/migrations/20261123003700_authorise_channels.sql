-- Who may join and send on the private Realtime channels. Asked once a join and cached by the host, hence the epoch
-- in `job:<id>:<epoch>`: a worker that lost the job cannot join the channel of the next attempt.
create function private.is_live_worker(p_worker uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from public.workers w join public.worker_keys k on k.id = w.key_id
    where w.id = p_worker and w.revoked_at is null and k.revoked_at is null)
$$;

create function private.is_job_topic(p_topic text) returns boolean
language sql immutable set search_path = '' as $$
  select coalesce(p_topic ~ '^job:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[1-9][0-9]{0,8}$', false)
$$;

-- The worker that holds this very attempt.
create function private.may_send(p_topic text) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  return auth.jwt() ->> 'role' = 'forge_worker' and private.is_job_topic(p_topic)
    and private.is_live_worker(auth.uid())
    and exists (
      select from public.jobs j
      where j.id = split_part(p_topic, ':', 2)::uuid and j.epoch = split_part(p_topic, ':', 3)::int
        and j.worker_id = auth.uid() and j.status in ('queued', 'running'));
end
$$;

-- A host lets nobody send who may not also join: so the holder of an attempt joins its channel, too.
create function private.may_join(p_topic text) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  if auth.uid() is null then
    return false;
  end if;
  if auth.jwt() ->> 'role' = 'forge_worker' then
    return (p_topic = 'workers' and private.is_live_worker(auth.uid())) or private.may_send(p_topic);
  end if;
  return p_topic = 'user:' || auth.uid()
    or (p_topic = 'ops' and coalesce(auth.jwt() -> 'app_metadata' ->> 'role', '') = 'operator')
    or (private.is_job_topic(p_topic) and exists (
      select from public.jobs j where j.id = split_part(p_topic, ':', 2)::uuid and j.owner = auth.uid()));
end
$$;

grant execute on function private.may_join to authenticated, forge_worker;
grant execute on function private.may_send to forge_worker;

create policy forge_join on realtime.messages for select to authenticated, forge_worker
using (extension = 'broadcast' and (select private.may_join((select realtime.topic()))));

create policy forge_send on realtime.messages for insert to forge_worker
with check (extension = 'broadcast' and (select private.may_send((select realtime.topic()))));
