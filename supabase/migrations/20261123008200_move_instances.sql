-- An instance that comes back with another key (its disk or its snapshot outlived the box) is on that key's box from
-- then on: with its price, and not drained because the box before was.
create function private.rebind_box() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.box_id := (select b.id from public.boxes b where b.key_id = new.key_id);
  new.usd_per_hour := (select k.usd_per_hour from public.worker_keys k where k.id = new.key_id);
  new.draining := false;
  return new;
end
$$;
create trigger rebind_box before update of key_id on public.workers
  for each row when (old.key_id <> new.key_id) execute function private.rebind_box();
create trigger note_box_up_again after update of key_id on public.workers
  for each row when (old.key_id <> new.key_id and new.box_id is not null) execute function private.note_box_up();
