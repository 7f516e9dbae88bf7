-- An anonymous visitor signs in to an account they already had: what they made moves over, once.
-- Free uses of the day move too, so that signing in brings no fresh quota; network buckets already counted them.
create function private.check_merge(p_from uuid, p_into uuid) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_open int := private.open_jobs(p_from);
begin
  if p_from = p_into
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

-- Request ids and transmissions are unique per owner: the few that would meet their like get another.
create function private.move_jobs(p_from uuid, p_into uuid) returns int
language plpgsql set search_path = '' as $$
declare
  v_moved int;
begin
  update public.jobs j
  set owner = p_into,
    request_id = case when exists (
        select from public.jobs x where x.owner = p_into and x.request_id = j.request_id)
      then md5(j.request_id::text || p_from)::uuid else j.request_id end,
    transmission = case when exists (
        select from public.jobs x where x.owner = p_into and x.transmission = j.transmission)
      then private.new_transmission(p_into) else j.transmission end
  where j.owner = p_from;
  get diagnostics v_moved = row_count;
  return v_moved;
end
$$;

create function private.move_credits(p_from uuid, p_into uuid) returns int
language plpgsql set search_path = '' as $$
declare
  v_amount int;
  v_merge uuid := gen_random_uuid();
begin
  -- Both accounts in one order, whoever merges into whom.
  perform from public.accounts a where a.owner in (p_from, p_into) order by a.owner for update;
  select a.balance into v_amount from public.accounts a where a.owner = p_from;
  if coalesce(v_amount, 0) = 0 then
    return 0;
  end if;
  perform private.post(p_from, null, 'adjust', -v_amount, 0, format('merge:%s:out', v_merge));
  perform private.post(p_into, null, 'adjust', v_amount, 0, format('merge:%s:in', v_merge));
  return v_amount;
end
$$;

create function private.move_free_uses(p_from uuid, p_into uuid) returns void
language sql set search_path = '' as $$
  insert into public.free_usage as u (bucket, day, used)
  select 'account:' || p_into, f.day, f.used from public.free_usage f where f.bucket = 'account:' || p_from
  on conflict (bucket, day) do update set used = u.used + excluded.used;
  delete from public.free_usage where bucket = 'account:' || p_from;
  update public.free_holds h
  set buckets = array_replace(h.buckets, 'account:' || p_from, 'account:' || p_into)
  from public.jobs j where j.id = h.job_id and j.owner = p_into and 'account:' || p_from = any (h.buckets)
$$;

create function public.merge_accounts(p_from uuid, p_into uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_jobs int;
  v_credits int;
begin
  perform private.lock_owner(least(p_from, p_into));
  perform private.lock_owner(greatest(p_from, p_into));
  perform private.check_merge(p_from, p_into);
  v_jobs := private.move_jobs(p_from, p_into);
  update public.assets set owner = p_into where owner = p_from;
  update public.uploads set owner = p_into where owner = p_from;
  update public.loras set owner = p_into where owner = p_from;
  update public.shares set owner = p_into where owner = p_from;
  delete from public.queue_lanes where owner = p_from;
  v_credits := private.move_credits(p_from, p_into);
  perform private.move_free_uses(p_from, p_into);
  insert into public.audit_log (actor, action, subject, detail)
  values (p_into::text, 'merge_accounts', p_from::text, jsonb_build_object('jobs', v_jobs, 'credits', v_credits));
  return jsonb_build_object('jobs', v_jobs, 'credits', v_credits);
end
$$;

grant execute on function public.merge_accounts to service_role;
