-- Credits from outside a job: an operator's grant or correction, a purchase, and taking back what was refunded.
-- Each is idempotent: by its external id, or by the cumulative amount that Stripe names.
create function public.grant_credits(p_owner uuid, p_amount int, p_kind text, p_external_id text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_earlier public.ledger;
  v_balance int;
begin
  if p_kind not in ('grant', 'adjust') or p_amount is null or p_amount = 0 or (p_kind = 'grant' and p_amount < 0) then
    perform private.refuse('INVALID_INPUT', jsonb_build_object('kind', p_kind, 'amount', p_amount));
  end if;
  perform private.lock_owner(p_owner);
  select * into v_earlier from public.ledger l where l.external_id = p_external_id;
  if not found then
    v_balance := private.post(p_owner, null, p_kind::public.ledger_kind, p_amount, 0, p_external_id);
    insert into public.audit_log (actor, action, subject, detail)
    values ('operator', 'grant_credits', p_owner::text,
      jsonb_build_object('amount', p_amount, 'kind', p_kind, 'external_id', p_external_id));
    return jsonb_build_object('granted', true, 'balance', v_balance);
  end if;
  if v_earlier.owner <> p_owner or v_earlier.delta <> p_amount then
    perform private.refuse('REQUEST_ID_REUSED');
  end if;
  return jsonb_build_object('granted', false, 'balance', (select a.balance from public.accounts a where a.owner = p_owner));
end
$$;

create function public.create_purchase(p_id uuid, p_owner uuid, p_pack text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_purchase public.purchases;
begin
  insert into public.purchases (id, owner, pack_id, credits, amount_cents, currency)
  select p_id, p_owner, c.id, c.credits, c.amount_cents, c.currency
  from public.credit_packs c where c.id = p_pack and c.active returning * into v_purchase;
  if not found then
    perform private.refuse('NOT_FOUND', jsonb_build_object('pack', p_pack));
  end if;
  return to_jsonb(v_purchase);
end
$$;

-- What is due back for the refunds known so far; takes the difference. Only a paid purchase has something to take.
create function private.claw(p_purchase public.purchases) returns int
language plpgsql set search_path = '' as $$
declare
  v_due int := round(p_purchase.credits::numeric * least(p_purchase.refunded_cents, p_purchase.amount_cents)
    / p_purchase.amount_cents);
begin
  if p_purchase.status <> 'paid' or v_due <= p_purchase.clawed_credits then
    return 0;
  end if;
  perform private.post(p_purchase.owner, null, 'clawback', p_purchase.clawed_credits - v_due, 0,
    format('clawback:%s:%s', p_purchase.id, v_due));
  update public.purchases set clawed_credits = v_due where id = p_purchase.id;
  return v_due - p_purchase.clawed_credits;
end
$$;

-- Called for a paid Checkout session, any number of times. Another amount or currency than the pack's grants nothing.
create function public.grant_purchase(p_purchase uuid, p_amount_cents int, p_currency text, p_payment_intent text)
returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_purchase public.purchases;
begin
  select * into v_purchase from public.purchases p where p.id = p_purchase for update;
  if not found then
    perform private.refuse('NOT_FOUND', jsonb_build_object('purchase', p_purchase));
  end if;
  if v_purchase.status = 'paid' then
    return jsonb_build_object('granted', false);
  end if;
  if v_purchase.amount_cents <> p_amount_cents or v_purchase.currency <> p_currency then
    perform private.refuse('PRICE_CHANGED',
      jsonb_build_object('amount_cents', v_purchase.amount_cents, 'currency', v_purchase.currency));
  end if;
  perform private.post(v_purchase.owner, null, 'purchase', v_purchase.credits, 0, 'purchase:' || v_purchase.id);
  update public.purchases p
  set status = 'paid', paid_at = now(), stripe_payment_intent = coalesce(p_payment_intent, p.stripe_payment_intent)
  where p.id = p_purchase returning * into v_purchase;
  -- A refund may have been heard of first: then the two together come to nothing.
  perform private.claw(v_purchase);
  return jsonb_build_object('granted', true);
end
$$;

-- `p_refunded_cents` is cumulative, as Stripe reports it: repeats and late arrivals of smaller sums change nothing.
create function public.clawback(p_purchase uuid, p_refunded_cents int) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_purchase public.purchases;
begin
  update public.purchases p set refunded_cents = greatest(p.refunded_cents, p_refunded_cents)
  where p.id = p_purchase returning * into v_purchase;
  if not found then
    perform private.refuse('NOT_FOUND', jsonb_build_object('purchase', p_purchase));
  end if;
  return jsonb_build_object('clawed', private.claw(v_purchase));
end
$$;

grant execute on function public.grant_credits, public.create_purchase, public.grant_purchase, public.clawback
  to service_role;
