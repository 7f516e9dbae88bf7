-- Credits on sale, what was bought, and every Stripe event seen (the primary key makes a redelivery a no-op).
create type public.purchase_status as enum ('open', 'paid', 'failed', 'expired');

create table public.credit_packs (
  id text primary key,
  title text not null,
  credits int not null check (credits > 0),
  amount_cents int not null check (amount_cents > 0),
  currency text not null default 'usd' check (currency ~ '^[a-z]{3}$'),
  stripe_price_id text unique,
  position int not null default 0,
  active boolean not null default true
);

create table public.purchases (
  id uuid primary key,
  owner uuid not null,
  pack_id text not null references public.credit_packs (id),
  credits int not null check (credits > 0),
  amount_cents int not null check (amount_cents > 0),
  currency text not null,
  status public.purchase_status not null default 'open',
  stripe_session_id text unique,
  stripe_payment_intent text unique,
  refunded_cents int not null default 0 check (refunded_cents >= 0),
  clawed_credits int not null default 0 check (clawed_credits between 0 and credits),
  created_at timestamptz not null default now(),
  paid_at timestamptz
);
comment on column public.purchases.credits is 'As the pack said at the press: a later change of the pack changes no sale.';
comment on column public.purchases.refunded_cents is 'Cumulative, refunds and lost disputes; may be known before the purchase is paid.';
comment on column public.purchases.clawed_credits is 'Taken back so far: round(credits × refunded ÷ amount).';
create index purchases_owner on public.purchases (owner, created_at desc);
create index purchases_pack on public.purchases (pack_id);

create table public.stripe_events (
  id text primary key,
  type text not null,
  api_version text,
  payload jsonb not null,
  received_at timestamptz not null default now(),
  processed_at timestamptz,
  problem text
);
comment on column public.stripe_events.problem is 'Why it granted nothing although it should have: unknown type or version, wrong amount.';

grant select on public.credit_packs, public.purchases, public.stripe_events to service_role;
alter table public.credit_packs enable row level security;
alter table public.purchases enable row level security;
alter table public.stripe_events enable row level security;
