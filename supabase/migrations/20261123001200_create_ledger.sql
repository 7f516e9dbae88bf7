-- Credits: the balance of an owner and every movement that made it. balance = Σ delta, held = Σ price of open holds.
-- Append-only three times over: no role holds a write grant, a trigger refuses updates, and one unique index lets
-- each hold end in exactly one capture or one release.
create type public.ledger_kind as enum ('hold', 'release', 'capture', 'grant', 'purchase', 'clawback', 'adjust');

create table public.accounts (
  owner uuid primary key,
  balance int not null default 0,
  held int not null default 0 check (held >= 0),
  updated_at timestamptz not null default now()
) with (fillfactor = 70);
comment on column public.accounts.balance is 'Credits that can be spent now; what is held has already left it.';

create table public.ledger (
  id bigint generated always as identity primary key,
  owner uuid not null,
  job_id uuid,
  kind public.ledger_kind not null,
  delta int not null,
  balance_after int not null,
  external_id text unique,
  created_at timestamptz not null default now(),
  check (case when kind in ('hold', 'release', 'capture') then job_id is not null else job_id is null end),
  check (case kind
    when 'hold' then delta <= 0
    when 'clawback' then delta <= 0
    when 'adjust' then true
    else delta >= 0
  end),
  -- Only a clawback, or an operator, may take an account below zero.
  check (balance_after >= 0 or delta >= 0 or kind in ('clawback', 'adjust'))
);
comment on column public.ledger.delta is 'hold −price; release +price; capture price − charged; grant, purchase +; clawback −; adjust either.';
comment on column public.ledger.external_id is 'Makes a movement from outside idempotent, e.g. `purchase:<id>`.';

create unique index ledger_hold on public.ledger (job_id) where kind = 'hold';
create unique index ledger_end on public.ledger (job_id) where kind in ('capture', 'release');
create index ledger_owner on public.ledger (owner, id desc);

grant select on public.accounts, public.ledger to service_role;
alter table public.accounts enable row level security;
alter table public.ledger enable row level security;

create trigger append_only before update or delete on public.ledger
for each row execute function private.refuse_change();
create trigger never_emptied before truncate on public.ledger
for each statement execute function private.refuse_change();
