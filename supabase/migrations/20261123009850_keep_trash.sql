-- What was deleted is a wall of its own for thirty days; lineage goes further than one step and knows re-forges.

alter table public.job_specs add column again_of uuid;
comment on column public.job_specs.again_of is
  'The job whose images and settings this one takes up again, exactly or as a branch. No foreign key: specs never change.';
create index job_specs_again on public.job_specs (again_of) where again_of is not null;
create index jobs_trash on public.jobs (owner, created_at desc, id desc)
  where deleted_at is not null and purged_at is null;

create or replace function private.insert_jobs(p_owner uuid, p_request_id uuid, p_request_hash text,
  p_purse public.job_purse, p_class public.lane_class, p_jobs jsonb)
returns void language plpgsql set search_path = '' as $$
begin
  -- A microsecond apart, so that paging by created_at never skips an image of one press.
  insert into public.jobs (id, owner, request_id, ordinal, created_at, lane, purse, price, steps, mode, variant,
    model_key, min_trust, transmission)
  select (j ->> 'id')::uuid, p_owner, p_request_id, ord - 1, now() + ord * interval '1 microsecond', p_class, p_purse,
    case p_purse when 'free' then 1 else (j ->> 'price')::int end, (j ->> 'steps')::int,
    j ->> 'mode', j ->> 'variant', j ->> 'model_key',
    greatest(coalesce((j ->> 'min_trust')::public.worker_trust, 'provider'), s.min_trust),
    private.new_transmission(p_owner)
  from public.settings s, jsonb_array_elements(p_jobs) with ordinality as e (j, ord);

  insert into public.job_specs (job_id, request_hash, prompt, negative, creativity, chaos, seed, params, inputs, mask,
    workflow_hash, again_of)
  select (j ->> 'id')::uuid, p_request_hash, j ->> 'prompt', coalesce(j ->> 'negative', ''),
    (j ->> 'creativity')::numeric, (j ->> 'chaos')::numeric, j ->> 'seed', coalesce(j -> 'params', '{}'),
    coalesce(j -> 'inputs', '[]'), nullif(j -> 'mask', 'null'), j ->> 'workflow_hash',
    -- One that is not theirs is nobody's business here: it is left out, not refused.
    (select o.id from public.jobs o where o.id = (j ->> 'again_of')::uuid and o.owner = p_owner)
  from jsonb_array_elements(p_jobs) as e (j);
end
$$;

-- `deleted` in the filter turns to what can still be brought back.
create or replace function public.list_gallery(p_owner uuid, p_filter jsonb, p_before timestamptz, p_before_id uuid,
  p_limit int)
returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare
  v_deleted boolean := coalesce((p_filter ->> 'deleted')::boolean, false);
  v_modes jsonb := nullif(p_filter -> 'modes', 'null');
  v_not_modes jsonb := coalesce(nullif(p_filter -> 'not_modes', 'null'), '[]');
  v_from timestamptz := coalesce((p_filter ->> 'from')::timestamptz, '-infinity');
  v_to timestamptz := coalesce((p_filter ->> 'to')::timestamptz, 'infinity');
  v_favourite boolean := coalesce((p_filter ->> 'favourite')::boolean, false);
  v_patterns text[] := case when jsonb_typeof(p_filter -> 'patterns') = 'array'
    then array(select jsonb_array_elements_text(p_filter -> 'patterns')) end;
begin
  return (
    with kept as (
      -- Two arms, so that each is read through its own index.
      select j.id, j.created_at, j.favourite, j.status, j.mode, j.transmission from public.jobs j
      where not v_deleted and j.owner = p_owner and j.kind = 'image' and j.deleted_at is null
        and j.status in ('succeeded', 'failed')
      union all
      select j.id, j.created_at, j.favourite, j.status, j.mode, j.transmission from public.jobs j
      where v_deleted and j.owner = p_owner and j.kind = 'image' and j.deleted_at is not null and j.purged_at is null
        and j.status in ('succeeded', 'failed')
    ),
    found as materialized (
      select j.id, j.created_at, j.favourite, j.status from kept j
      where (j.created_at, j.id) < (coalesce(p_before, 'infinity'),
          coalesce(p_before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
        and j.created_at >= v_from and j.created_at < v_to
        and (not v_favourite or j.favourite)
        and (v_modes is null or v_modes ? j.mode) and not v_not_modes ? j.mode
        and (v_patterns is null or j.transmission = p_filter ->> 'transmission' or exists (
          select from public.job_specs s where s.job_id = j.id and s.prompt ilike all (v_patterns)))
    ),
    page as (
      select * from found f order by f.created_at desc, f.id desc limit p_limit
    )
    select jsonb_build_object(
      'items', coalesce(jsonb_agg(jsonb_build_array(p.id, coalesce(o.width, 4), coalesce(o.height, 3), o.colour,
        p.favourite, p.status = 'failed') order by p.created_at desc, p.id desc), '[]'),
      'last', min(p.created_at),
      'left', (select count(*) from found),
      'total', case when p_before is null then (select count(*) from kept) end)
    from page p
    left join lateral (
      select a.width, a.height, a.colour from public.assets a
      where a.job_id = p.id and a.kind = 'output' limit 1) o on true);
end
$$;

-- Of a deleted one too, as long as it is kept: `until` says how long. Nothing of it can be downloaded.
create or replace function public.gallery_cards(p_owner uuid, p_jobs uuid[]) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', j.id, 'mode', j.mode, 'transmission', j.transmission, 'status', j.status, 'error_code', j.error_code,
      'purse', j.purse, 'returned', j.returned, 'step', j.step, 'favourite', j.favourite, 'created_at', j.created_at,
      'deleted', j.deleted_at is not null,
      'until', case when j.purged_at is null then j.deleted_at + interval '30 days' end,
      'prompt', coalesce(s.prompt, ''),
      'thumb_key', t.storage_key, 'full_key', o.storage_key, 'mime', o.mime, 'bytes', o.bytes, 'width', o.width, 'height', o.height)),
      '[]')
    from public.jobs j
    left join public.job_specs s on s.job_id = j.id
    left join lateral (
      select a.storage_key from public.assets a
      where a.job_id = j.id and a.kind in ('thumb', 'preview', 'output')
        and (a.deleted_at is null or j.deleted_at is not null and j.purged_at is null)
      order by (a.kind = 'thumb') desc, (a.kind = 'preview') desc limit 1) t on true
    left join lateral (
      select a.storage_key, a.mime, a.bytes, a.width, a.height from public.assets a
      where a.job_id = j.id and a.kind = 'output' and a.deleted_at is null limit 1) o on true
    where j.owner = p_owner and j.id = any (p_jobs));
end
$$;

-- Jobs whose results it was made from, and the one that it takes up again.
create function private.parent_jobs(p_owner uuid, p_job uuid) returns setof uuid
language sql stable set search_path = '' as $$
  select coalesce(a.job_id, a.origin)
  from public.job_specs s
  cross join jsonb_array_elements(s.inputs) i
  join public.assets a on a.id = (i ->> 'asset_id')::uuid and a.owner = p_owner
  where s.job_id = p_job and coalesce(a.job_id, a.origin) is not null
  union
  -- The words of an erased one are gone; what its image was made from is still known.
  select coalesce(a.job_id, a.origin)
  from public.assets o
  join public.assets a on a.id = any (o.parents) and a.owner = p_owner
  where o.job_id = p_job and o.owner = p_owner and o.kind = 'output' and coalesce(a.job_id, a.origin) is not null
  union
  select s.again_of from public.job_specs s join public.jobs j on j.id = s.again_of and j.owner = p_owner
  where s.job_id = p_job
$$;

-- Jobs that came to an image made from its result, or that took it up again.
create function private.child_jobs(p_owner uuid, p_job uuid) returns setof uuid
language sql stable set search_path = '' as $$
  select a.job_id from public.assets a
  where a.kind = 'output' and a.owner = p_owner and a.job_id is not null
    and a.parents && array(select o.id from public.assets o
      where o.owner = p_owner and ((o.job_id = p_job and o.kind = 'output') or o.origin = p_job))
  union
  select j.id from public.job_specs s join public.jobs j on j.id = s.job_id
  where s.again_of = p_job and j.owner = p_owner and j.kind = 'image' and j.status = 'succeeded'
$$;

-- {again_of, sources: [{asset, role, weight, job}], children: [at most 60, newest first], children_total}.
create or replace function public.job_lineage(p_owner uuid, p_job uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_children uuid[] := array(select j.id from private.child_jobs(p_owner, p_job) c join public.jobs j on j.id = c
    order by j.created_at desc, j.id desc);
begin
  return jsonb_build_object(
    'again_of', (
      select o.id from public.jobs j
      join public.job_specs s on s.job_id = j.id
      join public.jobs o on o.id = s.again_of and o.owner = p_owner
      where j.id = p_job and j.owner = p_owner),
    'sources', (
      select coalesce(jsonb_agg(jsonb_build_object('asset', i.input ->> 'asset_id', 'role', i.input ->> 'role',
        'weight', coalesce((i.input ->> 'weight')::numeric, 1), 'job', coalesce(a.job_id, a.origin)) order by i.place), '[]')
      from public.jobs j
      join public.job_specs s on s.job_id = j.id
      cross join jsonb_array_elements(s.inputs) with ordinality i (input, place)
      left join public.assets a on a.id = (i.input ->> 'asset_id')::uuid and a.owner = p_owner
      where j.id = p_job and j.owner = p_owner),
    'children', to_jsonb(v_children[1:60]),
    'children_total', cardinality(v_children));
end
$$;

-- Generations beyond the first, nearest first: {before: [{jobs: [at most 12, newest first], total}], after: [the same],
-- more_before, more_after}. `p_depth` counts generations from the image itself, either way. Of a generation at most 200
-- are followed further.
create function public.job_chain(p_owner uuid, p_job uuid, p_depth int) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_answer jsonb := '{}';
  v_up boolean;
  v_level uuid[];
  v_seen uuid[];
  v_steps jsonb;
begin
  if not exists (select from public.jobs j where j.id = p_job and j.owner = p_owner) then
    perform private.refuse('JOB_NOT_FOUND');
  end if;
  foreach v_up in array array[true, false] loop
    v_level := array[p_job];
    v_seen := v_level;
    v_steps := '[]';
    for v_generation in 1 .. p_depth + 1 loop
      v_level := array(
        select j.id from public.jobs j
        where j.owner = p_owner and j.id <> all (v_seen) and j.id in (
          select x from unnest(v_level[1:200]) l, private.parent_jobs(p_owner, l) x where v_up
          union all
          select x from unnest(v_level[1:200]) l, private.child_jobs(p_owner, l) x where not v_up)
        order by j.created_at desc, j.id desc);
      exit when cardinality(v_level) = 0 or v_generation > p_depth;
      v_seen := v_seen || v_level;
      if v_generation > 1 then
        v_steps := v_steps || jsonb_build_object('jobs', to_jsonb(v_level[1:12]), 'total', cardinality(v_level));
      end if;
    end loop;
    v_answer := v_answer || case
      when v_up then jsonb_build_object('before', v_steps, 'more_before', cardinality(v_level) > 0)
      else jsonb_build_object('after', v_steps, 'more_after', cardinality(v_level) > 0) end;
  end loop;
  return v_answer;
end
$$;
revoke all on function public.job_chain(uuid, uuid, int) from public, anon, authenticated;
grant execute on function public.job_chain(uuid, uuid, int) to service_role;
