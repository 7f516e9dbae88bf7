-- Whether a sign-in still stands. A token outlives its session by up to an hour: the server asks once a minute for each
-- token, so that signing out everywhere, or closing an account, is felt everywhere within that minute.
create function public.is_session_live(p_session uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from auth.sessions s where s.id = p_session and (s.not_after is null or s.not_after > now()))
$$;
grant execute on function public.is_session_live to service_role;
