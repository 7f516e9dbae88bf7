-- What an artist keeps: marks on results, soft deletion for thirty days, and what was made from what.
-- Marks are on the job, because everything that is shown and removed is named by it, failures too.
alter table public.jobs
  add column favourite boolean not null default false,
  add column deleted_at timestamptz,
  add column purged_at timestamptz;
comment on column public.jobs.deleted_at is 'Removed by its owner, who may take it back for thirty days.';
comment on column public.jobs.purged_at is 'When its words were erased and its objects were listed for deletion.';

alter table public.assets
  drop column favourite,
  add column colour text check (colour ~ '^#[0-9a-f]{6}$'),
  add column origin uuid references public.jobs (id) on delete set null;
comment on column public.assets.colour is 'The colour that stands for it until it is there.';
comment on column public.assets.origin is 'Of a work image: the job whose result it was scaled from, if it was one.';

-- No column of these is written by progress.
create index jobs_gallery on public.jobs (owner, created_at desc, id desc)
where deleted_at is null and status in ('succeeded', 'failed');
create index jobs_deleted on public.jobs (deleted_at) where deleted_at is not null and purged_at is null;
create index assets_origin on public.assets (origin) where origin is not null;
create index assets_parents on public.assets using gin (parents) where kind = 'output';

create function private.find_origin() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.origin := (select coalesce(a.job_id, a.origin) from public.assets a where a.id = new.parents[1]);
  return new;
end
$$;
create trigger find_origin before insert on public.assets
for each row when (new.kind = 'work') execute function private.find_origin();
update public.assets w set origin = a.job_id from public.assets a
where w.kind = 'work' and a.id = w.parents[1] and a.job_id is not null;

create or replace function private.add_outputs(p_job public.jobs, p_assets jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  insert into public.assets
    (id, owner, kind, storage_key, mime, width, height, bytes, sha256, colour, job_id, parents)
  select r.id, p_job.owner, r.kind, r.storage_key, r.mime, r.width, r.height, r.bytes, r.sha256, r.colour, p_job.id,
    array(select (i ->> 'asset_id')::uuid from public.job_specs s, jsonb_array_elements(s.inputs) i
          where s.job_id = p_job.id)
  from jsonb_populate_recordset(null::public.assets, p_assets) r;
end
$$;

-- Tidying up many at once would send as many messages, and make every open tab ask for each: those read the list again
-- when they are looked at.
drop trigger send_job on public.jobs;
create trigger send_job after update on public.jobs
for each row when (new.version <> old.version and coalesce(current_setting('forge.quiet', true), '') <> 'on')
execute function private.send_job();

-- Locks them in one order and says whether their messages are worth sending.
create function private.mark_jobs(p_owner uuid, p_jobs uuid[]) returns void
language plpgsql set search_path = '' as $$
begin
  perform set_config('forge.quiet', case when cardinality(p_jobs) > 10 then 'on' else '' end, true);
  perform from public.jobs j where j.owner = p_owner and j.id = any (p_jobs) order by j.id for update;
end
$$;

-- Answers the ids that are the owner's, changed or not.
create function public.favourite_jobs(p_owner uuid, p_jobs uuid[], p_favourite boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  perform private.mark_jobs(p_owner, p_jobs);
  update public.jobs j set favourite = p_favourite, version = j.version + 1
  where j.owner = p_owner and j.id = any (p_jobs) and j.favourite <> p_favourite;
  return (select coalesce(jsonb_agg(j.id), '[]') from public.jobs j where j.owner = p_owner and j.id = any (p_jobs));
end
$$;

-- Answers {ids: removed now or before, until: when the newest of them is gone for good}. An open job is left alone.
create function public.remove_jobs(p_owner uuid, p_jobs uuid[]) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  perform private.mark_jobs(p_owner, p_jobs);
  update public.jobs j set deleted_at = now(), version = j.version + 1
  where j.owner = p_owner and j.id = any (p_jobs) and j.deleted_at is null
    and j.status in ('succeeded', 'failed', 'canceled');
  update public.assets a set deleted_at = now()
  from public.jobs j
  where j.owner = p_owner and j.id = any (p_jobs) and j.deleted_at is not null
    and (a.job_id = j.id or a.origin = j.id) and a.deleted_at is null;
  return (
    select jsonb_build_object('ids', coalesce(jsonb_agg(j.id), '[]'),
      'until', coalesce(max(j.deleted_at), now()) + interval '30 days')
    from public.jobs j where j.owner = p_owner and j.id = any (p_jobs) and j.deleted_at is not null);
end
$$;

-- Answers the ids that are there again, or never were gone.
create function public.restore_jobs(p_owner uuid, p_jobs uuid[]) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  perform private.mark_jobs(p_owner, p_jobs);
  update public.assets a set deleted_at = null
  from public.jobs j
  where j.owner = p_owner and j.id = any (p_jobs) and j.deleted_at is not null and j.purged_at is null
    and (a.job_id = j.id or a.origin = j.id);
  update public.jobs j set deleted_at = null, version = j.version + 1
  where j.owner = p_owner and j.id = any (p_jobs) and j.deleted_at is not null and j.purged_at is null;
  return (
    select coalesce(jsonb_agg(j.id), '[]') from public.jobs j
    where j.owner = p_owner and j.id = any (p_jobs) and j.deleted_at is null);
end
$$;

-- One page of what every cell of a wall needs, newest first, as [id, width, height, colour, favourite, failed].
-- `p_filter`: {modes, not_modes, from, to, favourite, patterns, transmission}, each null when it does not narrow.
-- `left` counts what matches from here on; `total` counts all, on the first page only.
create function public.list_gallery(p_owner uuid, p_filter jsonb, p_before timestamptz, p_before_id uuid, p_limit int)
returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_modes jsonb := nullif(p_filter -> 'modes', 'null');
  v_not_modes jsonb := coalesce(nullif(p_filter -> 'not_modes', 'null'), '[]');
  v_from timestamptz := coalesce((p_filter ->> 'from')::timestamptz, '-infinity');
  v_to timestamptz := coalesce((p_filter ->> 'to')::timestamptz, 'infinity');
  v_favourite boolean := coalesce((p_filter ->> 'favourite')::boolean, false);
  v_patterns text[] := case when jsonb_typeof(p_filter -> 'patterns') = 'array'
    then array(select jsonb_array_elements_text(p_filter -> 'patterns')) end;
begin
  return (
    with found as materialized (
      select j.id, j.created_at, j.favourite, j.status from public.jobs j
      where j.owner = p_owner and j.deleted_at is null and j.status in ('succeeded', 'failed')
        and (j.created_at, j.id) < (coalesce(p_before, 'infinity'),
          coalesce(p_before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
        and j.created_at >= v_from and j.created_at < v_to and j.kind = 'image'
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
      'total', case when p_before is null then (
        select count(*) from public.jobs j
        where j.owner = p_owner and j.deleted_at is null and j.status in ('succeeded', 'failed') and j.kind = 'image')
        end)
    from page p
    left join lateral (
      select a.width, a.height, a.colour from public.assets a
      where a.job_id = p.id and a.kind = 'output' limit 1) o on true);
end
$$;

-- What a cell says and shows once it is in sight; deleted ones without picture or words.
create function public.gallery_cards(p_owner uuid, p_jobs uuid[]) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', j.id, 'mode', j.mode, 'transmission', j.transmission, 'status', j.status, 'error_code', j.error_code,
      'purse', j.purse, 'returned', j.returned, 'step', j.step, 'favourite', j.favourite, 'created_at', j.created_at,
      'deleted', j.deleted_at is not null,
      'prompt', case when j.deleted_at is null then coalesce(s.prompt, '') else '' end,
      'thumb_key', t.storage_key, 'full_key', o.storage_key, 'mime', o.mime, 'bytes', o.bytes, 'width', o.width, 'height', o.height)),
      '[]')
    from public.jobs j
    left join public.job_specs s on s.job_id = j.id
    left join lateral (
      select a.storage_key from public.assets a
      where a.job_id = j.id and a.kind in ('thumb', 'preview', 'output') and a.deleted_at is null
      order by (a.kind = 'thumb') desc, (a.kind = 'preview') desc limit 1) t on true
    left join lateral (
      select a.storage_key, a.mime, a.bytes, a.width, a.height from public.assets a
      where a.job_id = j.id and a.kind = 'output' and a.deleted_at is null limit 1) o on true
    where j.owner = p_owner and j.id = any (p_jobs));
end
$$;

-- {parents: [job ids in the order of the inputs], children: [at most 60, newest first], children_total}. What was
-- deleted is named too, so that the line does not break.
create function public.job_lineage(p_owner uuid, p_job uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_own uuid[] := array(select a.id from public.assets a
    where a.owner = p_owner and ((a.job_id = p_job and a.kind = 'output') or a.origin = p_job));
begin
  return jsonb_build_object(
    'parents', (
      select coalesce(jsonb_agg(x.job order by x.place), '[]') from (
        select coalesce(a.job_id, a.origin) as job, min(i.place) as place
        from public.job_specs s, jsonb_array_elements(s.inputs) with ordinality i (input, place)
        join public.assets a on a.id = (i.input ->> 'asset_id')::uuid and a.owner = p_owner
        where s.job_id = p_job and coalesce(a.job_id, a.origin) is not null
        group by coalesce(a.job_id, a.origin)
      ) x),
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

-- Thirty days after: the words go now, the objects with the server's next ticks, the row stays for the books. Answers
-- how many.
create function public.purge_deleted(p_limit int) returns int
language plpgsql security definer set search_path = '' as $$
declare
  v_ids uuid[];
begin
  select array_agg(x.id) into v_ids from (
    select j.id from public.jobs j
    where j.deleted_at < now() - interval '30 days' and j.purged_at is null
    order by j.deleted_at limit p_limit for update skip locked
  ) x;
  insert into private.doomed_objects (storage_key)
  select a.storage_key from public.assets a where a.job_id = any (v_ids) or a.origin = any (v_ids)
  on conflict do nothing;
  delete from public.job_specs s where s.job_id = any (v_ids);
  update public.jobs set purged_at = now(), favourite = false where id = any (v_ids);
  return coalesce(cardinality(v_ids), 0);
end
$$;

grant execute on function public.favourite_jobs, public.remove_jobs, public.restore_jobs, public.list_gallery,
  public.gallery_cards, public.job_lineage, public.purge_deleted to service_role;
