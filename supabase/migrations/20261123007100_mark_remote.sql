-- What was left at a provider can be found by a value of its input (`marker`) that nothing else has, when the answer that
-- would have named it was never heard. And who refuses providers keeps refusing them in the account that takes over.
create or replace function public.note_remote(p_worker uuid, p_job uuid, p_epoch int, p_note jsonb) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_key text;
begin
  if (private.require_worker(p_worker)).trust <> 'provider' then
    perform private.refuse('FORBIDDEN');
  end if;
  select k into v_key from jsonb_object_keys(p_note) k
  where k not in ('id', 'deadline', 'posted_at', 'paid_epoch', 'marker', 'refused') limit 1;
  if found then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('path', v_key));
  end if;
  perform private.lock_attempt(p_worker, p_job, p_epoch);
  update public.jobs j set remote = jsonb_strip_nulls(coalesce(j.remote, '{}') || p_note) where j.id = p_job;
end
$$;

create function private.keep_refusal() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles as p (id, refuse_provider)
  select new.merged_into, true from public.profiles f where f.id = new.owner and f.refuse_provider
  on conflict (id) do update set refuse_provider = true;
  return new;
end
$$;
create trigger keep_refusal before insert on private.closed_accounts
  for each row when (new.merged_into is not null) execute function private.keep_refusal();
comment on column public.jobs.remote is 'The provider''s part: {provider, reason, epoch} when it took the job, {id, deadline, posted_at, paid_epoch, marker} of its prediction. Counts while its epoch is the job''s; {refused} = not for a provider again.';
