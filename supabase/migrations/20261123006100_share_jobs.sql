-- Whether a link shows prompt, settings and seed besides the picture: never unless chosen.
alter table public.shares add column recipe boolean not null default false;

-- One live link of each sort for a job: asking again answers the same one.
create unique index shares_live on public.shares (job_id, recipe) where revoked_at is null;

-- Links a job of the owner's that is on its way or has succeeded. Throws JOB_NOT_FOUND.
create function public.create_share(p_owner uuid, p_id uuid, p_job uuid, p_slug text, p_recipe boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  perform 1 from public.jobs j
  where j.id = p_job and j.owner = p_owner and j.status in ('queued', 'running', 'succeeded');
  if not found then
    perform private.refuse('JOB_NOT_FOUND');
  end if;
  insert into public.shares (id, slug, owner, job_id, recipe) values (p_id, p_slug, p_owner, p_job, p_recipe)
  on conflict (job_id, recipe) where revoked_at is null do nothing;
  return (select to_jsonb(s) from public.shares s
    where s.job_id = p_job and s.recipe = p_recipe and s.revoked_at is null);
end
$$;

-- Ends a link of the owner's; again is the same answer. Throws NOT_FOUND.
create function public.revoke_share(p_owner uuid, p_id uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_share public.shares;
begin
  update public.shares s set revoked_at = coalesce(s.revoked_at, now())
  where s.id = p_id and s.owner = p_owner returning * into v_share;
  if not found then
    perform private.refuse('NOT_FOUND');
  end if;
  return to_jsonb(v_share);
end
$$;

grant execute on function public.create_share, public.revoke_share to service_role;
