-- What an operator reads: money spent a day, alerts that are open, and who did what.
create table public.spend_days (
  day date primary key,
  usd_micros bigint not null default 0 check (usd_micros >= 0)
);
comment on column public.spend_days.usd_micros is 'Σ alive time of rated workers × their rate, idle included, and provider prices; UTC days.';

create table public.alerts (
  id bigint generated always as identity primary key,
  kind text not null,
  subject text not null default '',
  detail jsonb not null default '{}',
  opened_at timestamptz not null default now(),
  closed_at timestamptz
);
create unique index alerts_open on public.alerts (kind, subject) where closed_at is null;

create table public.audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  subject text not null default '',
  detail jsonb not null default '{}'
);
comment on column public.audit_log.actor is 'A user id, or the name of the part that acted.';

grant select on public.spend_days, public.alerts, public.audit_log to service_role;
alter table public.spend_days enable row level security;
alter table public.alerts enable row level security;
alter table public.audit_log enable row level security;

create trigger append_only before update or delete on public.audit_log
for each row execute function private.refuse_change();
