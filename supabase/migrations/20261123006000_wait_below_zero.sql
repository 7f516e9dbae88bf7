-- Who owes credits after a refund or a dispute makes nothing new, free images included, until the balance is mended:
-- otherwise the bought images could be made, refunded, and followed by the day's free ones.
create or replace function private.free_left(
  p_owner uuid, p_buckets jsonb, out left_now int, out day_cap int, out shared boolean, out stopped boolean)
language plpgsql stable set search_path = '' as $$
declare
  v_settings public.settings;
  v_owes boolean := exists (select from public.accounts a where a.owner = p_owner and a.balance < 0);
begin
  select * into v_settings from public.settings;
  day_cap := case when v_settings.free_enabled and not v_owes then (v_settings.free_caps ->> 'account')::int else 0 end;
  -- Shared is what others can use up: a network that has less left than the account.
  select least(day_cap, min(b.cap - coalesce(u.used, 0))),
    coalesce(min(b.cap - coalesce(u.used, 0)) filter (where b.class <> 'account')
      < coalesce(min(b.cap - coalesce(u.used, 0)) filter (where b.class = 'account'), day_cap), false)
  into left_now, shared
  from private.free_buckets(p_owner, p_buckets) b
  left join public.free_usage u on u.bucket = b.bucket and u.day = private.utc_day();
  left_now := greatest(0, coalesce(left_now, day_cap));
  stopped := left_now > 0 and private.is_free_stopped(v_settings);
  if stopped then
    left_now := 0;
  end if;
end
$$;
