-- An image from toy weights is labelled like one from the stand-in: neither was made by the model that its job names.
create or replace function private.require_worker(p_worker uuid) returns private.worker_facts
language plpgsql stable set search_path = '' as $$
declare
  v_facts private.worker_facts;
begin
  select k.trust, array(select jsonb_array_elements_text(coalesce(w.capabilities -> 'templates', '[]'))),
    coalesce((w.capabilities ->> 'standIn')::boolean, false) or coalesce((w.capabilities ->> 'toy')::boolean, false),
    w.draining
  into v_facts
  from public.workers w join public.worker_keys k on k.id = w.key_id
  where w.id = p_worker and w.revoked_at is null and k.revoked_at is null;
  if not found then
    perform private.refuse('WORKER_REVOKED');
  end if;
  return v_facts;
end
$$;
