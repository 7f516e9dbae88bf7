-- A press names images of its owner that live and are what they are named as; its answer shows the mask too.

-- Inputs are what the artist brought, what a job made for them, or the work image of either. A mask is one.
create or replace function private.check_assets(p_owner uuid, p_jobs jsonb) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_wrong record;
begin
  select w.id, w.path, a.kind into v_wrong
  from (
    select (i ->> 'asset_id')::uuid as id, 'inputs' as path, '{input,output,work}'::public.asset_kind[] as kinds
    from jsonb_array_elements(p_jobs) j, jsonb_array_elements(coalesce(j -> 'inputs', '[]')) i
    union
    select (j -> 'mask' ->> 'asset_id')::uuid, 'mask', '{mask}'
    from jsonb_array_elements(p_jobs) j where jsonb_typeof(j -> 'mask') = 'object'
  ) w
  left join public.assets a on a.id = w.id and a.owner = p_owner and a.deleted_at is null
  where a.id is null or a.kind <> all (w.kinds)
  order by a.kind nulls first limit 1;
  if found and v_wrong.kind is null then
    perform private.refuse('ASSET_NOT_FOUND', jsonb_build_object('asset', v_wrong.id));
  elsif found then
    perform private.refuse('INVALID_INPUT',
      jsonb_build_object('path', v_wrong.path, 'asset', v_wrong.id, 'kind', v_wrong.kind));
  end if;
  perform private.check_mask_sizes(p_jobs);
end
$$;

-- A mask has the size of the image that it repaints: the one input of its job with the role `source`.
create function private.check_mask_sizes(p_jobs jsonb) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_job jsonb;
  v_source record;
begin
  for v_job in select j from jsonb_array_elements(p_jobs) j where jsonb_typeof(j -> 'mask') = 'object' loop
    select s.kind, s.width, s.height, s.width = m.width and s.height = m.height as fits into v_source
    from jsonb_array_elements(v_job -> 'inputs') i
    join public.assets s on s.id = (i ->> 'asset_id')::uuid
    join public.assets m on m.id = (v_job -> 'mask' ->> 'asset_id')::uuid
    where i ->> 'role' = 'source' limit 1;
    if v_source.kind is distinct from 'work' then
      perform private.refuse('WORK_IMAGE_REQUIRED');
    end if;
    if not v_source.fits then
      perform private.refuse('MASK_SIZE_MISMATCH',
        jsonb_build_object('width', v_source.width, 'height', v_source.height));
    end if;
  end loop;
end
$$;

-- Everything a press is answered with, so that it is one round trip: the rows of its jobs, specs, inputs and masks
-- (whole; callers take the columns they know), where the jobs stand, and what is left, as `quote` says it.
create or replace function private.press_answer(p_owner uuid, p_anonymous boolean, p_request_id uuid, p_buckets jsonb)
returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_jobs jsonb;
  v_ids uuid[];
  v_specs jsonb;
  v_inputs uuid[];
begin
  select jsonb_agg(to_jsonb(j) order by j.ordinal), array_agg(j.id) into v_jobs, v_ids
  from public.jobs j where j.owner = p_owner and j.request_id = p_request_id;
  select jsonb_agg(to_jsonb(s)) into v_specs from public.job_specs s where s.job_id = any (v_ids);
  v_inputs := array(select (i ->> 'asset_id')::uuid
                    from jsonb_array_elements(v_specs) s, jsonb_array_elements(s -> 'inputs') i
                    union
                    select (s -> 'mask' ->> 'asset_id')::uuid from jsonb_array_elements(v_specs) s
                    where jsonb_typeof(s -> 'mask') = 'object');
  return jsonb_build_object('jobs', v_jobs, 'specs', v_specs,
    -- Deleted ones too: past jobs keep showing what they were made from.
    'inputs', (select coalesce(jsonb_agg(to_jsonb(a)), '[]') from public.assets a
               where a.owner = p_owner and a.id = any (v_inputs)),
    'positions', public.queue_positions(v_ids),
    'quote', public.quote(p_owner, p_anonymous, p_buckets, null, 1, 0));
end
$$;
