-- `masked` in the filter narrows to what was painted into; `deleted` turns to what can still be brought back.
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
  v_masked boolean := coalesce((p_filter ->> 'masked')::boolean, false);
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
        and (not v_masked or exists (
          select from public.job_specs s where s.job_id = j.id and s.mask is not null))
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
