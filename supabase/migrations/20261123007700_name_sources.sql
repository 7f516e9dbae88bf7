-- The lineage of an image names every input, also those whose picture is gone, and the job that each came from.
-- {sources: [{asset, role, weight, job}], children: [at most 60, newest first], children_total}.
create or replace function public.job_lineage(p_owner uuid, p_job uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_own uuid[] := array(select a.id from public.assets a
    where a.owner = p_owner and ((a.job_id = p_job and a.kind = 'output') or a.origin = p_job));
begin
  return jsonb_build_object(
    'sources', (
      select coalesce(jsonb_agg(jsonb_build_object('asset', i.input ->> 'asset_id', 'role', i.input ->> 'role',
        'weight', coalesce((i.input ->> 'weight')::numeric, 1), 'job', coalesce(a.job_id, a.origin)) order by i.place), '[]')
      from public.jobs j
      join public.job_specs s on s.job_id = j.id
      cross join jsonb_array_elements(s.inputs) with ordinality i (input, place)
      left join public.assets a on a.id = (i.input ->> 'asset_id')::uuid and a.owner = p_owner
      where j.id = p_job and j.owner = p_owner),
    'children', (
      select coalesce(jsonb_agg(x.job_id order by x.created_at desc, x.job_id desc), '[]') from (
        select a.job_id, a.created_at from public.assets a
        where a.kind = 'output' and a.parents && v_own and a.owner = p_owner and a.job_id is not null
        order by a.created_at desc, a.job_id desc limit 60
      ) x),
    'children_total', (
      select count(*) from public.assets a
      where a.kind = 'output' and a.parents && v_own and a.owner = p_owner and a.job_id is not null));
end
$$;
