-- The only way that Stripe's word moves credits. A fact is what Stripe says about one Checkout session or one payment;
-- applying it twice, late or out of order ends in the same books. The event that brought it is stored in the same
-- transaction, so a crash leaves both or neither.
drop function public.grant_purchase(uuid, int, text, text);
drop function public.clawback(uuid, int);

-- What is due back for the reversals in force; moves the difference, either way. Only a paid purchase has any.
create or replace function private.claw(p_purchase public.purchases) returns int
language plpgsql set search_path = '' as $$
declare
  v_due int := round(p_purchase.credits::numeric * least(p_purchase.refunded_cents, p_purchase.amount_cents)
    / p_purchase.amount_cents);
  v_change int := p_purchase.clawed_credits - v_due;
begin
  if p_purchase.status <> 'paid' or v_change = 0 then
    return 0;
  end if;
  perform private.post(p_purchase.owner, null,
    (case when v_change < 0 then 'clawback' else 'adjust' end)::public.ledger_kind, v_change, 0,
    format('%s:%s:%s', case when v_change < 0 then 'clawback' else 'restore' end, p_purchase.id, p_purchase.moves + 1));
  update public.purchases set clawed_credits = v_due, moves = moves + 1 where id = p_purchase.id;
  return -v_change;
end
$$;

-- jsonb compares numbers as numbers: 499.5, -500 and "500" all differ from 500, without a cast that could fail.
create function private.session_problem(p_purchase public.purchases, p_fact jsonb) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case
    when p_fact ->> 'mode' is distinct from 'payment' then 'mode'
    when p_fact ->> 'pack' is distinct from p_purchase.pack_id then 'pack'
    when p_fact -> 'amount' is distinct from to_jsonb(p_purchase.amount_cents) then 'amount'
    when p_fact ->> 'currency' is distinct from p_purchase.currency then 'currency'
    when p_purchase.stripe_session_id <> p_fact ->> 'session' then 'session'
    -- An event may be old; only what was read just now can contradict a grant.
    when (p_fact ->> 'current')::boolean and p_purchase.status = 'paid'
      and p_fact ->> 'payment_status' is distinct from 'paid' then 'granted but not paid'
  end;
end
$$;

create function private.apply_session(p_purchase public.purchases, p_fact jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_purchase public.purchases;
  v_problem text := private.session_problem(p_purchase, p_fact);
begin
  if v_problem is not null or p_purchase.status = 'paid' then
    return jsonb_build_object('problem', v_problem);
  end if;
  if p_fact ->> 'payment_status' = 'paid' then
    perform private.post(p_purchase.owner, null, 'purchase', p_purchase.credits, 0, 'purchase:' || p_purchase.id);
    update public.purchases p
    set status = 'paid', paid_at = now(), stripe_session_id = p_fact ->> 'session',
      stripe_payment_intent = coalesce(p_fact ->> 'payment_intent', p.stripe_payment_intent)
    where p.id = p_purchase.id returning * into v_purchase;
    -- A refund may have been heard of first: then the two together come to nothing.
    return jsonb_build_object('granted', true, 'clawed', private.claw(v_purchase));
  end if;
  update public.purchases p
  set stripe_session_id = p_fact ->> 'session',
    stripe_payment_intent = coalesce(p_fact ->> 'payment_intent', p.stripe_payment_intent),
    processing_at = case when p_fact ->> 'status' = 'complete' then coalesce(p.processing_at, now())
      else p.processing_at end,
    status = case
      when p.status <> 'open' then p.status
      when (p_fact ->> 'failed')::boolean then 'failed'
      when p_fact ->> 'status' = 'expired' then 'expired'
      else 'open' end
  where p.id = p_purchase.id;
  return '{}';
end
$$;

create function private.apply_reversals(p_purchase public.purchases, p_fact jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_purchase public.purchases;
begin
  if p_purchase.stripe_payment_intent <> p_fact ->> 'payment_intent' then
    return jsonb_build_object('problem', 'payment_intent');
  end if;
  insert into public.purchase_reversals as r (id, purchase_id, kind, amount_cents, state)
  select x ->> 'id', p_purchase.id, x ->> 'kind',
    -- A dispute in another currency cannot be compared, so it counts as the whole payment.
    case when x ->> 'currency' = p_purchase.currency then (x ->> 'amount')::int else p_purchase.amount_cents end,
    (x ->> 'state')::public.reversal_state
  from jsonb_array_elements(p_fact -> 'reversals') x
  on conflict (id) do update
  set state = greatest(r.state, excluded.state), amount_cents = excluded.amount_cents,
    changed_at = case when excluded.state > r.state then now() else r.changed_at end;
  update public.purchases p
  set stripe_payment_intent = coalesce(p.stripe_payment_intent, p_fact ->> 'payment_intent'),
    refunded_cents = (
      select coalesce(sum(r.amount_cents), 0) from public.purchase_reversals r
      where r.purchase_id = p.id and r.state = 'taken')
  where p.id = p_purchase.id returning * into v_purchase;
  return jsonb_build_object('clawed', private.claw(v_purchase));
end
$$;

create function private.apply_fact(p_fact jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_purchase public.purchases;
begin
  select * into v_purchase from public.purchases p
  where p.id = (p_fact ->> 'purchase')::uuid for update;
  if not found then
    return jsonb_build_object('problem', 'unknown purchase');
  end if;
  return jsonb_build_object('granted', false, 'clawed', 0, 'problem', null)
    || case p_fact ->> 'kind'
      when 'session' then private.apply_session(v_purchase, p_fact)
      else private.apply_reversals(v_purchase, p_fact) end;
end
$$;

-- `p_fact` null: an event that says nothing about purchases. `p_problem`: why the server could not read it.
create function public.handle_stripe_event(p_id text, p_type text, p_api_version text, p_payload jsonb,
  p_fact jsonb, p_problem text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_answer jsonb := jsonb_build_object('granted', false, 'clawed', 0, 'problem', p_problem);
begin
  insert into public.stripe_events (id, type, api_version, payload, processed_at, problem)
  values (p_id, p_type, p_api_version, p_payload, now(), p_problem) on conflict (id) do nothing;
  if not found then
    return v_answer || jsonb_build_object('duplicate', true, 'problem', null);
  end if;
  if p_fact is not null then
    v_answer := v_answer || jsonb_strip_nulls(private.apply_fact(p_fact));
  end if;
  if v_answer ->> 'problem' is not null then
    update public.stripe_events e set problem = v_answer ->> 'problem' where e.id = p_id;
    perform private.open_alert('stripe', coalesce(p_fact ->> 'purchase', p_id),
      jsonb_build_object('event', p_id, 'type', p_type, 'problem', v_answer ->> 'problem'));
  end if;
  return v_answer || '{"duplicate": false}';
end
$$;

-- The same, for what was read from Stripe without an event. Agreement closes the alert that an event had opened.
create function public.reconcile_purchase(p_fact jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_answer jsonb := private.apply_fact(p_fact || '{"current": true}');
begin
  if v_answer ->> 'problem' is not null then
    perform private.open_alert('stripe', p_fact ->> 'purchase',
      jsonb_build_object('problem', v_answer ->> 'problem', 'found_by', 'reconcile'));
  else
    update public.alerts a set closed_at = now()
    where a.kind = 'stripe' and a.subject = p_fact ->> 'purchase' and a.closed_at is null;
  end if;
  return v_answer;
end
$$;

grant execute on function public.handle_stripe_event, public.reconcile_purchase to service_role;
