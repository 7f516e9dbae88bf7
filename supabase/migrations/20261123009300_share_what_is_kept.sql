-- A link is only made to what is there: not to a removed image, whose page would be empty. It is made under the owner's
-- lock, so that a merge at the same moment cannot leave it with the account that was given up, where nobody could end it.
create or replace function public.create_share(p_owner uuid, p_id uuid, p_job uuid, p_slug text, p_recipe boolean)
returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  perform private.lock_owner(p_owner);
  perform 1 from public.jobs j
  where j.id = p_job and j.owner = p_owner and j.status in ('queued', 'running', 'succeeded') and j.deleted_at is null;
  if not found then
    perform private.refuse('JOB_NOT_FOUND');
  end if;
  insert into public.shares (id, slug, owner, job_id, recipe) values (p_id, p_slug, p_owner, p_job, p_recipe)
  on conflict (job_id, recipe) where revoked_at is null do nothing;
  return (select to_jsonb(s) from public.shares s
    where s.job_id = p_job and s.recipe = p_recipe and s.revoked_at is null);
end
$$;

-- Under the same lock: a link that ends while it is asked for again is one of both, never neither.
create or replace function public.revoke_share(p_owner uuid, p_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_share public.shares;
begin
  perform private.lock_owner(p_owner);
  update public.shares s set revoked_at = coalesce(s.revoked_at, now())
  where s.id = p_id and s.owner = p_owner returning * into v_share;
  if not found then
    perform private.refuse('NOT_FOUND');
  end if;
  return to_jsonb(v_share);
end
$$;

-- Thirty days after: the words and links go now, the objects with the server's next ticks, the row stays for the books.
-- Answers how many.
create or replace function public.purge_deleted(p_limit int) returns int
language plpgsql security definer set search_path = '' as $$
declare
  v_ids uuid[];
begin
  select array_agg(x.id) into v_ids from (
    select j.id from public.jobs j
    where j.deleted_at < now() - interval '30 days' and j.purged_at is null
    order by j.deleted_at limit p_limit for update skip locked
  ) x;
  insert into private.doomed_objects (storage_key)
  select a.storage_key from public.assets a where a.job_id = any (v_ids) or a.origin = any (v_ids)
  on conflict do nothing;
  delete from public.job_specs s where s.job_id = any (v_ids);
  delete from public.shares s where s.job_id = any (v_ids);
  update public.job_attempts a set detail = null where a.job_id = any (v_ids) and a.detail is not null;
  update public.jobs set purged_at = now(), favourite = false where id = any (v_ids);
  return coalesce(cardinality(v_ids), 0);
end
$$;
