-- What a model's owner is told about its use: images made with a model whose licence the operator states are counted
-- once each, and the counts are told in reports. Labelled images (stand-in, toy weights) used no such model.
create type public.usage_state as enum ('due', 'sending', 'told', 'unsure');

create table public.usage_reports (
  id bigint generated always as identity primary key,
  model_key text not null,
  uses int not null check (uses > 0),
  state public.usage_state not null default 'sending',
  tries int not null default 1,
  moved_at timestamptz not null default now(),
  due_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);
comment on column public.usage_reports.state is
  'due: to be told (again); sending: somebody is at it; told: taken; unsure: sent, but no answer came.';
comment on column public.usage_reports.moved_at is 'When the state last changed.';
comment on column public.usage_reports.due_at is 'Not to be tried before.';
create index usage_reports_open on public.usage_reports (model_key) where state <> 'told';

create table public.licensed_uses (
  job_id uuid primary key,
  model_key text not null,
  report_id bigint references public.usage_reports (id),
  created_at timestamptz not null default now()
);
comment on column public.licensed_uses.job_id is 'Without a foreign key: the count outlives the job.';
create index licensed_uses_untold on public.licensed_uses (model_key) where report_id is null;
create index licensed_uses_report on public.licensed_uses (report_id) where report_id is not null;

grant select on public.usage_reports, public.licensed_uses to service_role;
alter table public.usage_reports enable row level security;
alter table public.licensed_uses enable row level security;

create function private.count_licensed_use() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.licensed_uses (job_id, model_key)
  select new.id, new.model_key from public.settings s where new.model_key = any (s.licences)
  on conflict (job_id) do nothing;
  return null;
end
$$;

-- Named after a column that progress never writes, so that a report does not even look.
create trigger count_licensed_use after update of finished_at on public.jobs
for each row when (new.status = 'succeeded' and old.status <> 'succeeded' and new.kind = 'image' and not new.stand_in)
execute function private.count_licensed_use();

-- A report that was being sent ten minutes ago will not be answered any more: its sender died. Saying it again could
-- count it twice, so a person decides.
create function private.doubt_usage_report(p_report public.usage_reports) returns void
language plpgsql set search_path = '' as $$
begin
  update public.usage_reports set state = 'unsure', moved_at = clock_timestamp() where id = p_report.id;
  perform private.open_alert('licence_usage', 'report:' || p_report.id,
    jsonb_build_object('model', p_report.model_key, 'uses', p_report.uses, 'problem', 'no answer'));
end
$$;

-- The next report to tell about one of these models, or null: one that failed and is due again, else a new one of what
-- was not told yet. One at a time for each model, so that what fails is not split into many.
create function public.take_usage_report(p_models text[]) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_report public.usage_reports;
  v_model text;
begin
  perform pg_advisory_xact_lock(20261123, 4);
  for v_report in select r.* from public.usage_reports r
    where r.state = 'sending' and r.moved_at < clock_timestamp() - interval '10 minutes' loop
    perform private.doubt_usage_report(v_report);
  end loop;

  update public.usage_reports r set state = 'sending', tries = r.tries + 1, moved_at = clock_timestamp()
  where r.id = (select x.id from public.usage_reports x
                where x.state = 'due' and x.due_at <= clock_timestamp() and x.model_key = any (p_models)
                order by x.id limit 1)
  returning r.* into v_report;
  if found then
    return to_jsonb(v_report);
  end if;

  select u.model_key into v_model from public.licensed_uses u
  where u.report_id is null and u.model_key = any (p_models)
    and not exists (select from public.usage_reports r where r.model_key = u.model_key and r.state in ('due', 'sending'))
  limit 1;
  if not found then
    return null;
  end if;
  insert into public.usage_reports (model_key, uses)
  select v_model, count(*) from public.licensed_uses u where u.report_id is null and u.model_key = v_model
  returning * into v_report;
  with counted as (
    update public.licensed_uses u set report_id = v_report.id
    where u.report_id is null and u.model_key = v_model returning u.job_id
  )
  update public.usage_reports r set uses = (select count(*) from counted) where r.id = v_report.id
  returning r.* into v_report;
  return to_jsonb(v_report);
end
$$;

-- How telling ended. `told`: taken. `refused`: certainly not taken, tried again after a minute, then two, up to six
-- hours. `unsure`: sent without an answer, a person decides, by calling this again with one of the others.
create function public.end_usage_report(p_id bigint, p_outcome text, p_problem text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_report public.usage_reports;
begin
  select * into v_report from public.usage_reports r
  where r.id = p_id and r.state in ('sending', 'unsure') for update;
  if not found then
    return;
  end if;
  if p_outcome = 'unsure' then
    perform private.doubt_usage_report(v_report);
    return;
  end if;
  update public.usage_reports r
  set state = case p_outcome when 'told' then 'told' else 'due' end::public.usage_state, moved_at = clock_timestamp(),
    due_at = clock_timestamp() + least(interval '1 minute' * 2 ^ least(r.tries - 1, 10), interval '6 hours')
  where r.id = p_id;
  update public.alerts a set closed_at = now()
  where a.kind = 'licence_usage' and a.closed_at is null
    and (a.subject = 'report:' || p_id or (p_outcome = 'told' and a.subject = 'model:' || v_report.model_key));
  if p_outcome <> 'told' then
    perform private.open_alert('licence_usage', 'model:' || v_report.model_key,
      jsonb_build_object('report', p_id, 'uses', v_report.uses, 'tries', v_report.tries, 'problem', left(p_problem, 300)));
  end if;
end
$$;

grant execute on function public.take_usage_report, public.end_usage_report to service_role;
