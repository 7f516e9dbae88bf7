-- A server that knows how many calls a key has left need not wait for the count of the next one.
create or replace function public.spend_rate(p_keys text[], p_caps int[], p_window_s int) returns int[]
language plpgsql security definer set search_path = '' as $$
declare
  v_at double precision := extract(epoch from clock_timestamp()) / p_window_s;
  v_slot bigint := floor(v_at);
  v_rest double precision := 1 - (v_at - v_slot);
  v_answer int[] := array_fill(0, array[cardinality(p_keys)]);
  v_call record;
  v_earlier int;
  v_used int;
begin
  -- Sorted, so that two calls never wait for each other in a circle.
  for v_call in select k.key, k.ord, p_caps[k.ord] as cap
    from unnest(p_keys) with ordinality k (key, ord) order by k.key
  loop
    select floor(r.used * v_rest) into v_earlier
    from private.rate_windows r where r.slot = v_slot - 1 and r.key = v_call.key;
    v_earlier := coalesce(v_earlier, 0);
    v_used := null;
    if v_earlier < v_call.cap then
      insert into private.rate_windows as r (slot, key, used) values (v_slot, v_call.key, 1)
      on conflict (slot, key) do update set used = r.used + 1 where r.used + v_earlier < v_call.cap
      returning r.used into v_used;
    end if;
    v_answer[v_call.ord] := case
      when v_used is null then greatest(1, ceil(v_rest * p_window_s))
      else v_earlier + v_used - v_call.cap end;
  end loop;
  return v_answer;
end
$$;
comment on function public.spend_rate is
  'Per key, in order: the seconds to wait when refused, else minus the calls that are left (0: this was the last).';
