-- An upload names one staging object; confirming turns the bytes that the server checked into an asset, once.
create function public.create_upload(p_id uuid, p_owner uuid, p_staging_key text, p_mime text, p_bytes int)
returns void
language plpgsql security definer set search_path = '' as $$
begin
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

-- `p_asset`: {id, storage_key, mime, width, height, bytes, sha256, kind?}. A second confirm answers the first asset.
create function public.confirm_upload(p_upload uuid, p_owner uuid, p_asset jsonb) returns jsonb
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
    insert into public.assets (id, owner, kind, storage_key, mime, width, height, bytes, sha256)
    values (v_asset.id, p_owner, coalesce(v_asset.kind, 'input'), v_asset.storage_key, v_asset.mime, v_asset.width,
      v_asset.height, v_asset.bytes, v_asset.sha256);
    update public.uploads set asset_id = v_asset.id where id = p_upload;
    v_upload.asset_id := v_asset.id;
  end if;
  return (select to_jsonb(a) from public.assets a where a.id = v_upload.asset_id);
end
$$;

grant execute on function public.create_upload, public.confirm_upload to service_role;
