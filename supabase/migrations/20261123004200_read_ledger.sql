-- An owner's movements with what each was for, newest first, in one round trip. Captures that kept the whole price say
-- nothing that their hold has not said, so only those that gave something back are listed.
create function public.read_ledger(p_owner uuid, p_kinds text[], p_before bigint, p_limit int) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(x) order by x.id desc), '[]') from (
      select l.id, l.kind, l.delta, l.balance_after, l.created_at, l.external_id, l.job_id,
        j.mode, j.transmission, j.status, j.error_code, j.step,
        e.kind as ended_by, e.delta as returned,
        coalesce(o.storage_key, i.storage_key) as thumb_key
      from public.ledger l
      left join public.jobs j on j.id = l.job_id and j.owner = l.owner
      left join public.ledger e on e.job_id = l.job_id and e.kind in ('capture', 'release') and l.kind = 'hold'
      left join lateral (
        select a.storage_key from public.assets a
        where a.job_id = j.id and a.kind in ('preview', 'output') and a.deleted_at is null
        order by (a.kind = 'preview') desc limit 1) o on true
      left join lateral (
        select a.storage_key from public.job_specs s
        join public.assets a on a.id = (s.inputs -> 0 ->> 'asset_id')::uuid and a.owner = j.owner
        where s.job_id = j.id and a.deleted_at is null) i on true
      where l.owner = p_owner and (p_before is null or l.id < p_before)
        and (p_kinds is null or l.kind::text = any (p_kinds))
        and (l.kind <> 'capture' or l.delta > 0)
      order by l.id desc limit least(greatest(p_limit, 1), 1000)
    ) x);
end
$$;

grant execute on function public.read_ledger to service_role;
