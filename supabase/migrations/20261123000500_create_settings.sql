-- The operator's switches, caps and weights: exactly one row, read inside the functions that must obey it.
-- Null caps mean no cap.
create table public.settings (
  id boolean primary key default true check (id),
  intake_paused boolean not null default false,
  dispatch_paused boolean not null default false,
  max_concurrent int check (max_concurrent >= 0),
  worker_cap int not null default 8 check (worker_cap > 0),
  open_caps jsonb not null default '{"permanent": 40, "anonymous": 10}',
  running_caps jsonb not null default '{"paid": 8, "free": 4, "anon": 2}',
  class_weights jsonb not null default '{"paid": 8, "free": 3, "anon": 1}',
  warm_patience_s int not null default 30,
  wake_gap_ms int not null default 100,
  min_trust public.worker_trust not null default 'community',
  provider_fallback boolean not null default false,
  free_enabled boolean not null default true,
  free_caps jsonb not null default '{"account": 10, "network": 10, "wide": 40}',
  daily_cap_usd numeric(10, 2) check (daily_cap_usd >= 0),
  alert_thresholds jsonb not null default '{}',
  variants jsonb not null default '{"remix": "schnell"}',
  licences text[] not null default '{}',
  updated_at timestamptz not null default now()
);
comment on column public.settings.max_concurrent is 'Jobs running at one instant over all workers.';
comment on column public.settings.worker_cap is 'Jobs one worker may hold at once: its three phases and a margin. Stops a hostile box from hoarding.';
comment on column public.settings.open_caps is 'Queued and running jobs one owner may have.';
comment on column public.settings.running_caps is 'Running jobs one lane may have, by class.';
comment on column public.settings.class_weights is 'Share of claims each non-empty class gets.';
comment on column public.settings.warm_patience_s is 'Seconds a lane may be passed over for a job whose model is warm.';
comment on column public.settings.wake_gap_ms is 'At most one `wake` to the workers in this time.';
comment on column public.settings.free_caps is 'Free images a UTC day, by class of bucket.';
comment on column public.settings.variants is 'Which variant of its workflow each mode runs.';
comment on column public.settings.licences is 'Model licences that the operator states to hold.';

insert into public.settings default values;

grant select on public.settings to service_role;
alter table public.settings enable row level security;
