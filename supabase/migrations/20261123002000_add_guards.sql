-- Small answers that many functions share: how a refusal is raised, which day it is, whether money is left today.
-- What a press, a claim or a report calls is plpgsql throughout: its plans are kept for the connection, while Postgres
-- plans a function of language sql anew at every call when it sets a search path.
create function private.refuse(p_code text, p_data jsonb default '{}') returns void
language plpgsql set search_path = '' as $$
begin
  raise exception using message = p_code, errcode = 'P0001', detail = p_data::text;
end
$$;
comment on function private.refuse is 'The code is one of shared/errors.ts; the data travels as JSON in `detail`.';

create function private.utc_day() returns date
language plpgsql stable set search_path = '' as $$
begin
  return (now() at time zone 'utc')::date;
end
$$;

create function private.next_utc_day() returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  return (private.utc_day() + 1)::timestamp at time zone 'utc';
end
$$;

create function private.is_cap_spent(p_settings public.settings) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  if p_settings.daily_cap_usd is null then
    return false;
  end if;
  return p_settings.daily_cap_usd * 1000000 <= coalesce(
    (select s.usd_micros from public.spend_days s where s.day = private.utc_day()), 0);
end
$$;

-- One owner's presses, merges and grants happen one after the other: replays and caps need no finer lock.
create function private.lock_owner(p_owner uuid) returns void
language plpgsql set search_path = '' as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(p_owner::text, 20261123));
end
$$;
