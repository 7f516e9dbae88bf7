-- Who a worker is, at every call: both revocations are looked at each time, so revoking works at once.
create type private.worker_facts as (
  trust public.worker_trust, templates text[], stand_in boolean, draining boolean);

create function private.require_worker(p_worker uuid) returns private.worker_facts
language plpgsql stable set search_path = '' as $$
declare
  v_facts private.worker_facts;
begin
  select k.trust, array(select jsonb_array_elements_text(coalesce(w.capabilities -> 'templates', '[]'))),
    coalesce((w.capabilities ->> 'standIn')::boolean, false), w.draining
  into v_facts
  from public.workers w join public.worker_keys k on k.id = w.key_id
  where w.id = p_worker and w.revoked_at is null and k.revoked_at is null;
  if not found then
    perform private.refuse('WORKER_REVOKED');
  end if;
  return v_facts;
end
$$;

-- Moves last_seen at most every 5 s and books the time since at the box's rate. A silence of more than two minutes
-- is booked as two: whether the box was alive then is not known. Always the last lock of a transaction.
create function private.touch_worker(p_worker uuid) returns void
language plpgsql set search_path = '' as $$
declare
  v_worker public.workers;
  v_micros bigint;
begin
  select * into v_worker from public.workers w
  where w.id = p_worker and w.last_seen < clock_timestamp() - interval '5 s' for update skip locked;
  if not found then
    return;
  end if;
  update public.workers set last_seen = clock_timestamp() where id = p_worker;
  v_micros := extract(epoch from least(clock_timestamp() - v_worker.last_seen, interval '2 min'))
    * v_worker.usd_per_hour / 3600 * 1000000;
  if v_micros > 0 then
    insert into public.spend_days as s (day, usd_micros) values (private.utc_day(), v_micros)
    on conflict (day) do update set usd_micros = s.usd_micros + v_micros;
  end if;
end
$$;

create function public.check_worker(p_worker uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform private.require_worker(p_worker);
  perform private.touch_worker(p_worker);
end
$$;

create function public.worker_session(p_key_hash text, p_instance uuid, p_capabilities jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_key public.worker_keys;
  v_worker public.workers;
begin
  select * into v_key from public.worker_keys k where k.key_hash = p_key_hash;
  if not found then
    perform private.refuse('WORKER_KEY_INVALID');
  end if;
  if v_key.revoked_at is not null then
    perform private.refuse('WORKER_REVOKED');
  end if;
  insert into public.workers as w (id, key_id, capabilities, gpu)
  values (p_instance, v_key.id, p_capabilities, coalesce(p_capabilities ->> 'gpu', ''))
  on conflict (id) do nothing;
  select * into v_worker from public.workers w where w.id = p_instance for update;
  -- Another key may take a row over only once the row's own key is revoked: an instance uuid is no secret.
  if v_worker.key_id <> v_key.id
    and exists (select from public.worker_keys k where k.id = v_worker.key_id and k.revoked_at is null)
  then
    perform private.refuse('WORKER_KEY_INVALID');
  end if;
  if v_worker.revoked_at is not null then
    perform private.refuse('WORKER_REVOKED');
  end if;
  update public.workers
  set key_id = v_key.id, capabilities = p_capabilities, gpu = coalesce(p_capabilities ->> 'gpu', '')
  where id = p_instance;
  -- A box that was away was not alive: no rent is booked for the gap by the touch that follows.
  update public.workers set last_seen = clock_timestamp()
  where id = p_instance and last_seen < clock_timestamp() - interval '2 min';
  perform private.touch_worker(p_instance);
  return jsonb_build_object('worker_id', p_instance, 'trust', v_key.trust, 'pool', v_key.pool);
end
$$;

create function public.create_worker_key(p_name text, p_key_hash text, p_pool text, p_trust text) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
  v_id uuid;
begin
  insert into public.worker_keys (name, key_hash, pool, trust)
  values (p_name, p_key_hash, p_pool, p_trust::public.worker_trust) on conflict (key_hash) do nothing
  returning id into v_id;
  if v_id is null then
    return (select k.id from public.worker_keys k where k.key_hash = p_key_hash);
  end if;
  insert into public.audit_log (actor, action, subject, detail)
  values ('operator', 'create_worker_key', v_id::text, jsonb_build_object('name', p_name, 'trust', p_trust));
  return v_id;
end
$$;

-- Idempotent. Every box that holds the key is refused from its next call on.
create function public.revoke_worker_key(p_id uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
  update public.worker_keys set revoked_at = now() where id = p_id and revoked_at is null;
  if found then
    insert into public.audit_log (actor, action, subject) values ('operator', 'revoke_worker_key', p_id::text);
  end if;
end
$$;

grant execute on function public.check_worker, public.worker_session, public.create_worker_key,
  public.revoke_worker_key to service_role;
