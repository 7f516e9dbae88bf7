-- What Stripe may tell about a purchase, remembered so that order and repetition cannot matter: who the customer is,
-- that a delayed payment is on its way, and every refund and dispute in its furthest state.
alter table public.purchases
  add column processing_at timestamptz,
  add column moves int not null default 0 check (moves >= 0);
comment on column public.purchases.processing_at is
  'The buyer has finished Checkout with a delayed method; credits come when the money does.';
comment on column public.purchases.moves is 'Times that credits were taken back or returned; numbers their external ids.';
comment on column public.purchases.refunded_cents is
  'Σ of the reversals that are taken now; may be known before the purchase is paid.';

create table public.stripe_customers (
  owner uuid primary key,
  customer_id text not null unique,
  created_at timestamptz not null default now()
);

-- In the order of their lives: a later state never goes back to an earlier one, whatever arrives late.
create type public.reversal_state as enum ('noted', 'taken', 'undone');

create table public.purchase_reversals (
  id text primary key,
  purchase_id uuid not null references public.purchases (id),
  kind text not null check (kind in ('refund', 'dispute')),
  amount_cents int not null check (amount_cents >= 0),
  state public.reversal_state not null,
  noted_at timestamptz not null default now(),
  changed_at timestamptz not null default now()
);
comment on column public.purchase_reversals.state is
  'noted: no money has moved (an inquiry); taken: the buyer has it; undone: a failed refund or a dispute won.';
create index purchase_reversals_purchase on public.purchase_reversals (purchase_id);

grant select on public.stripe_customers, public.purchase_reversals to service_role;
alter table public.stripe_customers enable row level security;
alter table public.purchase_reversals enable row level security;

create function private.open_alert(p_kind text, p_subject text, p_detail jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  insert into public.alerts (kind, subject, detail) values (p_kind, p_subject, p_detail)
  on conflict (kind, subject) where closed_at is null do update set detail = excluded.detail;
end
$$;

-- The same id asks for the same purchase again: a lost reply costs nobody a second one.
create or replace function public.create_purchase(p_id uuid, p_owner uuid, p_pack text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_purchase public.purchases;
begin
  if exists (select from auth.users u where u.id = p_owner and u.is_anonymous) then
    perform private.refuse('ACCOUNT_REQUIRED');
  end if;
  insert into public.purchases (id, owner, pack_id, credits, amount_cents, currency)
  select p_id, p_owner, c.id, c.credits, c.amount_cents, c.currency
  from public.credit_packs c where c.id = p_pack and c.active
  on conflict (id) do nothing returning * into v_purchase;
  if found then
    return to_jsonb(v_purchase);
  end if;
  select * into v_purchase from public.purchases p where p.id = p_id;
  if not found then
    perform private.refuse('NOT_FOUND', jsonb_build_object('pack', p_pack));
  end if;
  if v_purchase.owner <> p_owner or v_purchase.pack_id <> p_pack then
    perform private.refuse('REQUEST_ID_REUSED');
  end if;
  return to_jsonb(v_purchase);
end
$$;

-- The first session of a purchase is its only one.
create function public.save_checkout(p_purchase uuid, p_session text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_purchase public.purchases;
begin
  update public.purchases p set stripe_session_id = p_session
  where p.id = p_purchase and (p.stripe_session_id is null or p.stripe_session_id = p_session)
  returning * into v_purchase;
  if not found then
    perform private.refuse('REQUEST_ID_REUSED');
  end if;
  return to_jsonb(v_purchase);
end
$$;

-- One customer an owner: the first one saved wins, and `p_replaces` names one that Stripe no longer has.
create function public.save_customer(p_owner uuid, p_customer text, p_replaces text) returns text
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.stripe_customers as c (owner, customer_id) values (p_owner, p_customer)
  on conflict (owner) do update set customer_id = excluded.customer_id where c.customer_id = p_replaces;
  return (select c.customer_id from public.stripe_customers c where c.owner = p_owner);
end
$$;

grant execute on function public.save_checkout, public.save_customer to service_role;
