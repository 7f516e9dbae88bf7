-- Masks do not use up an artist's uploads: one image is painted on many times. Tickets are counted one after the other.
create or replace function public.create_upload(p_id uuid, p_owner uuid, p_staging_key text, p_mime text, p_bytes integer)
returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_images int;
  v_all int;
begin
  -- Without the lock, tickets asked for at the same moment would not see each other.
  perform private.lock_owner(p_owner);
  -- A ticket counts as an image until it has become a mask.
  select count(*) filter (where a.kind is distinct from 'mask'), count(*) into v_images, v_all
  from public.uploads u left join public.assets a on a.id = u.asset_id
  where u.owner = p_owner and u.created_at > now() - interval '1 hour';
  -- Ten times a busy artist, and a mask every ten seconds; the objects would be paid for by us.
  if v_images >= 100 or v_all >= 400 then
    perform private.refuse('RATE_LIMITED', jsonb_build_object('cap', case when v_images >= 100 then 100 else 400 end));
  end if;
  insert into public.uploads (id, owner, staging_key, mime, bytes)
  values (p_id, p_owner, p_staging_key, p_mime, p_bytes);
end
$$;
