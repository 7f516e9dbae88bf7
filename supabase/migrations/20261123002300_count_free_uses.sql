-- Which buckets a press counts in, what is left in them, and taking from all of them at once.
-- The account's own bucket is named here from the owner, whatever the caller sent: it cannot be left out, and two
-- accounts that merge are found again.
create function private.free_buckets(p_owner uuid, p_buckets jsonb)
returns table (bucket text, class text, cap int)
language plpgsql stable set search_path = '' as $$
begin
  return query
  select b.bucket, b.class, coalesce((s.free_caps ->> b.class)::int, 0)
  from public.settings s cross join (
    select 'account:' || p_owner as bucket, 'account' as class where p_owner is not null
    union
    select e ->> 'bucket', e ->> 'class' from jsonb_array_elements(coalesce(p_buckets, '[]')) e
    where e ->> 'class' <> 'account'
  ) b;
end
$$;

-- `shared`: others on the same network used some of it today.
create function private.free_left(p_owner uuid, p_buckets jsonb, out left_now int, out day_cap int, out shared boolean)
language plpgsql stable set search_path = '' as $$
declare
  v_settings public.settings;
begin
  select * into v_settings from public.settings;
  day_cap := case when v_settings.free_enabled then (v_settings.free_caps ->> 'account')::int else 0 end;
  select least(day_cap, min(b.cap - coalesce(u.used, 0))),
    coalesce(max(u.used) filter (where b.class <> 'account'), 0)
      > coalesce(max(u.used) filter (where b.class = 'account'), 0)
  into left_now, shared
  from private.free_buckets(p_owner, p_buckets) b
  left join public.free_usage u on u.bucket = b.bucket and u.day = private.utc_day();
  left_now := greatest(0, coalesce(left_now, day_cap));
end
$$;

-- All buckets or none. Sorted, so that two presses never wait for each other in a circle.
create function private.take_free_uses(p_owner uuid, p_buckets jsonb, p_count int) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_day date := private.utc_day();
  v_buckets text[];
begin
  select array_agg(b.bucket order by b.bucket) into v_buckets from private.free_buckets(p_owner, p_buckets) b;
  insert into public.free_usage (bucket, day, used)
  select b, v_day, 0 from unnest(v_buckets) b order by b on conflict do nothing;
  perform from public.free_usage u where u.day = v_day and u.bucket = any (v_buckets) order by u.bucket for update;
  if exists (
    select from private.free_buckets(p_owner, p_buckets) b
    join public.free_usage u on u.bucket = b.bucket and u.day = v_day
    where u.used + p_count > b.cap
  ) then
    return false;
  end if;
  update public.free_usage u set used = u.used + p_count where u.day = v_day and u.bucket = any (v_buckets);
  return true;
end
$$;
