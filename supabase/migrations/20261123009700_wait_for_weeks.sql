-- A queue of weeks breaks no press, and a job that waited for weeks can still be completed: what is kept of promises ends
-- at 24 days instead of at an error.
create function private.int_ms(p_ms numeric) returns int
language sql immutable set search_path = '' as $$
  select least(p_ms, 2147483647)::int
$$;

CREATE OR REPLACE FUNCTION private.keep_promises(p_jobs jsonb, p_positions jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  insert into public.eta_promises (job_id, template, p50_ms, p90_ms, raw_p50_ms, raw_p90_ms, facts)
  select (p ->> 'id')::uuid, (j ->> 'mode') || '/' || (j ->> 'variant'), private.int_ms((p ->> 'eta_ms')::numeric),
    private.int_ms((p ->> 'p90_ms')::numeric), private.int_ms((p ->> 'raw_p50_ms')::numeric),
    private.int_ms((p ->> 'raw_p90_ms')::numeric),
    jsonb_build_object('ahead', p -> 'ahead', 'workers', p -> 'workers_online', 'warm', p -> 'warm',
      'starting_ms', p -> 'starting_ms', 'model', j -> 'model_key', 'steps', j -> 'steps')
  from jsonb_array_elements(p_positions) p join jsonb_array_elements(p_jobs) j on j ->> 'id' = p ->> 'id'
  where p ->> 'eta_ms' is not null
  on conflict (job_id) do nothing;
end
$function$;

CREATE OR REPLACE FUNCTION private.settle_promise()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if new.status = 'succeeded' then
    update public.eta_promises p set actual_ms = private.int_ms(private.gap_ms(p.promised_at, new.finished_at)::numeric)
    where p.job_id = new.id;
  else
    delete from public.eta_promises p where p.job_id = new.id;
  end if;
  return null;
end
$function$;
