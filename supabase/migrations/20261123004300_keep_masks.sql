-- A mask is painted on a work image; both are assets of their owner. Tickets are counted one after the other.
create or replace function public.create_upload(p_id uuid, p_owner uuid, p_staging_key text, p_mime text, p_bytes int)
returns void
language plpgsql security definer set search_path = '' as $$
begin
  -- Without the lock, tickets asked for at the same moment would not see each other.
  perform private.lock_owner(p_owner);
  -- 100 tickets an hour is ten times a busy artist; the objects would be paid for by us.
  if (select count(*) from public.uploads u
      where u.owner = p_owner and u.created_at > now() - interval '1 hour') >= 100
  then
    perform private.refuse('RATE_LIMITED', jsonb_build_object('cap', 100));
  end if;
  insert into public.uploads (id, owner, staging_key, mime, bytes)
  values (p_id, p_owner, p_staging_key, p_mime, p_bytes);
end
$$;

-- A mask lies on a live work image of its owner, pixel by pixel.
create function private.check_mask(p_owner uuid, p_mask public.assets) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_work public.assets;
begin
  select * into v_work from public.assets a
  where a.id = p_mask.parents[1] and a.owner = p_owner and a.deleted_at is null;
  if not found then
    perform private.refuse('ASSET_NOT_FOUND', jsonb_build_object('asset', p_mask.parents[1]));
  end if;
  if v_work.kind <> 'work' then
    perform private.refuse('WORK_IMAGE_REQUIRED', jsonb_build_object('asset', v_work.id));
  end if;
  if v_work.width <> p_mask.width or v_work.height <> p_mask.height then
    perform private.refuse('MASK_SIZE_MISMATCH', jsonb_build_object('width', v_work.width, 'height', v_work.height));
  end if;
end
$$;

-- `p_asset`: {id, kind 'input' or 'mask', storage_key, mime, width, height, bytes, sha256, parents?}; a mask's one
-- parent is its work image. A second confirm answers the first asset.
create or replace function public.confirm_upload(p_upload uuid, p_owner uuid, p_asset jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_upload public.uploads;
  v_asset public.assets := jsonb_populate_record(null::public.assets, p_asset);
begin
  select * into v_upload from public.uploads u where u.id = p_upload and u.owner = p_owner for update;
  if not found then
    perform private.refuse('UPLOAD_NOT_FOUND');
  end if;
  if v_upload.asset_id is null then
    v_asset.kind := coalesce(v_asset.kind, 'input');
    if v_asset.kind not in ('input', 'mask') then
      perform private.refuse('INVALID_INPUT', jsonb_build_object('kind', v_asset.kind));
    end if;
    if v_asset.kind = 'mask' then
      perform private.check_mask(p_owner, v_asset);
    end if;
    insert into public.assets (id, owner, kind, storage_key, mime, width, height, bytes, sha256, parents)
    values (v_asset.id, p_owner, v_asset.kind, v_asset.storage_key, v_asset.mime, v_asset.width,
      v_asset.height, v_asset.bytes, v_asset.sha256, coalesce(v_asset.parents, '{}'));
    update public.uploads set asset_id = v_asset.id where id = p_upload;
    v_upload.asset_id := v_asset.id;
  end if;
  return (select to_jsonb(a) from public.assets a where a.id = v_upload.asset_id);
end
$$;
