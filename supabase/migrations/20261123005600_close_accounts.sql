-- An account is closed for good: open jobs end, what was made and brought goes, the books stay. Books are the ledger,
-- purchases and the narrow rows of jobs with their attempts; they name the owner's id alone, which nothing else knows
-- once the sign-in service has forgotten it. A closed account writes nothing more, whatever token still lives.
create table private.closed_accounts (
  owner uuid primary key,
  merged_into uuid,
  closed_at timestamptz not null default now(),
  erased_at timestamptz,
  tried_at timestamptz,
  user_gone_at timestamptz
);
comment on column private.closed_accounts.merged_into is 'The account that took over; null when everything was erased.';
comment on column private.closed_accounts.erased_at is
  'When it was looked through again, after whatever was being written at that moment had ended.';
comment on column private.closed_accounts.user_gone_at is 'When the sign-in service had forgotten the user, who is named once a minute until then.';
create index closed_accounts_open on private.closed_accounts (closed_at)
where erased_at is null or user_gone_at is null;

-- Objects that no row names any more. SQL deletes none: the tick does, and says when they are gone.
create table private.doomed_objects (
  storage_key text primary key,
  doomed_at timestamptz not null default now(),
  listed_at timestamptz
);
create index doomed_objects_next on private.doomed_objects (listed_at nulls first);

alter table private.closed_accounts enable row level security;
alter table private.doomed_objects enable row level security;

create function private.refuse_closed() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select from private.closed_accounts c where c.owner = new.owner) then
    perform private.refuse('UNAUTHENTICATED');
  end if;
  return new;
end
$$;

create trigger refuse_closed before insert on public.jobs for each row execute function private.refuse_closed();
create trigger refuse_closed before insert on public.uploads for each row execute function private.refuse_closed();
create trigger refuse_closed before insert on public.assets for each row execute function private.refuse_closed();
create trigger refuse_closed before insert on public.loras for each row execute function private.refuse_closed();
create trigger refuse_closed before insert on public.shares for each row execute function private.refuse_closed();
create trigger refuse_closed before insert on public.purchases for each row execute function private.refuse_closed();
create trigger refuse_closed before insert on public.stripe_customers
for each row execute function private.refuse_closed();

-- Credits that are paid for after the end belong to nobody who can spend them: a person has to give the money back.
create function private.tell_paid_after_close() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select from private.closed_accounts c where c.owner = new.owner) then
    perform private.open_alert('paid_after_close', coalesce(new.external_id, new.id::text),
      jsonb_build_object('owner', new.owner, 'credits', new.delta));
  end if;
  return null;
end
$$;
create trigger tell_paid_after_close after insert on public.ledger
for each row when (new.kind = 'purchase') execute function private.tell_paid_after_close();

-- As a cancel by its owner, whatever the step; credits always come back. A free image that was under way stays counted:
-- its preview has been seen, and nobody gets a second day by leaving.
create function private.end_open_jobs(p_owner uuid) returns int
language plpgsql set search_path = '' as $$
declare
  v_job public.jobs;
  v_queued boolean;
  v_ended int := 0;
begin
  -- All jobs before any lane, so that nobody who holds one of them waits for us in a circle.
  perform from public.jobs j where j.owner = p_owner and j.status in ('queued', 'running') order by j.id for update;
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

-- Everything that is a person's: pictures, words, names. Repeatable.
create function private.erase_account(p_owner uuid) returns void
language plpgsql set search_path = '' as $$
begin
  delete from public.shares s where s.owner = p_owner;
  delete from public.loras l where l.owner = p_owner;
  delete from public.job_specs s using public.jobs j where j.id = s.job_id and j.owner = p_owner;
  update public.job_attempts a set detail = null
  from public.jobs j where j.id = a.job_id and j.owner = p_owner and a.detail is not null;
  insert into private.doomed_objects (storage_key)
  select a.storage_key from public.assets a where a.owner = p_owner
  union select u.staging_key from public.uploads u where u.owner = p_owner
  on conflict do nothing;
  delete from public.uploads u where u.owner = p_owner;
  delete from public.assets a where a.owner = p_owner;
  delete from public.queue_lanes q where q.owner = p_owner;
  delete from public.profiles p where p.id = p_owner;
  delete from public.stripe_customers c where c.owner = p_owner;
end
$$;

-- Answers the jobs that were ended and the credits that were given up. Closing twice is the same answer with nothing.
create function public.close_account(p_owner uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_ended int;
  v_credits int;
begin
  perform private.lock_owner(p_owner);
  insert into private.closed_accounts (owner) values (p_owner) on conflict do nothing;
  if not found then
    return jsonb_build_object('ended', 0, 'credits', 0);
  end if;
  v_ended := private.end_open_jobs(p_owner);
  perform private.erase_account(p_owner);
  select a.balance into v_credits from public.accounts a where a.owner = p_owner for update;
  if v_credits > 0 then
    perform private.post(p_owner, null, 'adjust', -v_credits, 0, 'closed:' || p_owner);
  end if;
  v_credits := greatest(0, coalesce(v_credits, 0));
  insert into public.audit_log (actor, action, subject, detail)
  values (p_owner::text, 'close_account', p_owner::text, jsonb_build_object('ended', v_ended, 'credits', v_credits));
  return jsonb_build_object('ended', v_ended, 'credits', v_credits);
end
$$;
grant execute on function public.close_account to service_role;

-- A minute after the end no call that began before it is still writing: what such a call left goes now.
create function private.erase_again() returns void
language plpgsql set search_path = '' as $$
declare
  v_owner uuid;
begin
  for v_owner in
    select c.owner from private.closed_accounts c
    where c.erased_at is null and c.closed_at < now() - interval '1 minute'
    order by c.closed_at limit 20 for update skip locked
  loop
    perform private.erase_account(v_owner);
    update private.closed_accounts set erased_at = now() where owner = v_owner;
  end loop;
end
$$;

-- What is left to do outside of SQL: {objects: [storage keys], users: [ids at the sign-in service]}. An object is named
-- again after ten minutes until `end_erasures` hears that it is gone, so that a tick that dies loses nothing.
create function public.take_erasures(p_limit int) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_objects jsonb;
  v_users jsonb;
begin
  perform private.erase_again();
  with listed as (
    update private.doomed_objects d set listed_at = now()
    where d.storage_key in (
      select x.storage_key from private.doomed_objects x
      where x.listed_at is null or x.listed_at < now() - interval '10 minutes'
      order by x.listed_at nulls first limit p_limit for update skip locked)
    returning d.storage_key
  )
  select jsonb_agg(l.storage_key) into v_objects from listed l;
  with tried as (
    update private.closed_accounts c set tried_at = now()
    where c.owner in (
      select x.owner from private.closed_accounts x
      where x.user_gone_at is null and (x.tried_at is null or x.tried_at < now() - interval '1 minute')
      order by x.tried_at nulls first, x.closed_at limit 20 for update skip locked)
    returning c.owner
  )
  select jsonb_agg(t.owner) into v_users from tried t;
  return jsonb_build_object('objects', coalesce(v_objects, '[]'), 'users', coalesce(v_users, '[]'));
end
$$;

create function public.end_erasures(p_objects text[], p_users uuid[]) returns void
language plpgsql security definer set search_path = '' as $$
begin
  delete from private.doomed_objects d where d.storage_key = any (p_objects);
  update private.closed_accounts c set user_gone_at = now() where c.owner = any (p_users) and c.user_gone_at is null;
end
$$;
grant execute on function public.take_erasures, public.end_erasures to service_role;

-- A merge closes the account that was given up: its token can open no second day, and its user is forgotten.
create or replace function private.check_merge(p_from uuid, p_into uuid) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_open int := private.open_jobs(p_from);
begin
  if p_from = p_into
    or exists (select from private.closed_accounts c where c.owner in (p_from, p_into))
    or not exists (select from auth.users u where u.id = p_from and u.is_anonymous)
    or not exists (select from auth.users u where u.id = p_into and not u.is_anonymous)
  then
    perform private.refuse('FORBIDDEN');
  end if;
  if v_open > 0 then
    perform private.refuse('TOO_MANY_JOBS', jsonb_build_object('open', v_open, 'cap', 0));
  end if;
end
$$;

create or replace function public.merge_accounts(p_from uuid, p_into uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_jobs int;
  v_credits int;
begin
  perform private.lock_owner(least(p_from, p_into));
  perform private.lock_owner(greatest(p_from, p_into));
  -- The answer of the first call may have been lost.
  if exists (select from private.closed_accounts c where c.owner = p_from and c.merged_into = p_into) then
    return jsonb_build_object('jobs', 0, 'credits', 0);
  end if;
  perform private.check_merge(p_from, p_into);
  v_jobs := private.move_jobs(p_from, p_into);
  update public.assets set owner = p_into where owner = p_from;
  update public.uploads set owner = p_into where owner = p_from;
  update public.loras set owner = p_into where owner = p_from;
  update public.shares set owner = p_into where owner = p_from;
  delete from public.queue_lanes where owner = p_from;
  v_credits := private.move_credits(p_from, p_into);
  perform private.move_free_uses(p_from, p_into);
  insert into private.closed_accounts (owner, merged_into) values (p_from, p_into);
  insert into public.audit_log (actor, action, subject, detail)
  values (p_into::text, 'merge_accounts', p_from::text, jsonb_build_object('jobs', v_jobs, 'credits', v_credits));
  return jsonb_build_object('jobs', v_jobs, 'credits', v_credits);
end
$$;
