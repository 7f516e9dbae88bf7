-- A work image is an input scaled once to a model's grid and kept lossless: one for each image and size.
create unique index assets_work on public.assets ((parents[1]), width, height)
where kind = 'work' and deleted_at is null;

-- What a work image may be made of: what the artist brought or what a job made for them, while it lives.
create function private.require_scalable(p_owner uuid, p_asset uuid) returns void
language plpgsql set search_path = '' as $$
declare
  v_kind public.asset_kind;
begin
  select a.kind into v_kind from public.assets a
  where a.id = p_asset and a.owner = p_owner and a.deleted_at is null for share;
  if not found then
    perform private.refuse('ASSET_NOT_FOUND', jsonb_build_object('asset', p_asset));
  end if;
  if v_kind not in ('input', 'output', 'work') then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('path', 'assetId', 'kind', v_kind));
  end if;
end
$$;

create function private.work_image_of(p_owner uuid, p_asset uuid, p_width int, p_height int) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (select to_jsonb(a) from public.assets a
    where a.parents[1] = p_asset and a.width = p_width and a.height = p_height and a.kind = 'work'
      and a.deleted_at is null and a.owner = p_owner);
end
$$;

-- The work image of that size if it was made before, else null.
create function public.find_work_image(p_owner uuid, p_asset uuid, p_width int, p_height int) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  perform private.require_scalable(p_owner, p_asset);
  return private.work_image_of(p_owner, p_asset, p_width, p_height);
end
$$;

-- `p_work`: {id, storage_key, mime, width, height, bytes, sha256}. Of two made at once the first counts, for both.
create function public.keep_work_image(p_owner uuid, p_asset uuid, p_work jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_work public.assets := jsonb_populate_record(null::public.assets, p_work);
begin
  perform private.require_scalable(p_owner, p_asset);
  insert into public.assets (id, owner, kind, storage_key, mime, width, height, bytes, sha256, parents)
  values (v_work.id, p_owner, 'work', v_work.storage_key, v_work.mime, v_work.width, v_work.height, v_work.bytes,
    v_work.sha256, array[p_asset])
  on conflict ((parents[1]), width, height) where kind = 'work' and deleted_at is null do nothing;
  return private.work_image_of(p_owner, p_asset, v_work.width, v_work.height);
end
$$;

grant execute on function public.find_work_image, public.keep_work_image to service_role;
