-- What was asked for: written once with its job and never updated, so a retry renders the same request.
create table public.job_specs (
  job_id uuid primary key references public.jobs (id) on delete cascade,
  request_hash text not null,
  prompt text not null,
  negative text not null default '',
  creativity numeric(5, 2) not null check (creativity between 0 and 100),
  chaos numeric(5, 2) not null check (chaos between 0 and 100),
  seed text not null check (seed ~ '^(0|[1-9][0-9]{0,19})$'),
  params jsonb not null default '{}',
  inputs jsonb not null default '[]',
  mask jsonb,
  workflow_hash text not null
);
comment on column public.job_specs.request_hash is 'Of the whole press: the same request id with another hash is refused.';
comment on column public.job_specs.seed is 'Decimal text: ComfyUI takes 64 bits, a JSON number is exact to 53.';
comment on column public.job_specs.inputs is '[{asset_id, role, weight, order}]';
comment on column public.job_specs.mask is '{asset_id, grow, feather} or null';

grant select on public.job_specs to service_role;
alter table public.job_specs enable row level security;

create function private.refuse_change() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception '% is append-only', tg_table_name
    using errcode = '55000', hint = 'Add a row that corrects the old one.';
end
$$;

create trigger never_updated before update on public.job_specs
for each row execute function private.refuse_change();
