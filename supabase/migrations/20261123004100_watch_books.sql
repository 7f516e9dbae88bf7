-- The audit also holds purchases against the ledger, and runs by itself: a broken book raises an alert that names the
-- first offending row, and a mended one closes it.
create function private.audit_purchases() returns table (offence text, subject text, detail jsonb)
language sql stable set search_path = '' as $$
  with moved as (
    select split_part(l.external_id, ':', 2) as id,
      count(*) filter (where l.kind = 'purchase') as grants,
      coalesce(sum(l.delta) filter (where l.kind = 'purchase'), 0) as granted,
      coalesce(-sum(l.delta) filter (where l.kind <> 'purchase'), 0) as clawed
    from public.ledger l
    where l.kind in ('purchase', 'clawback') or (l.kind = 'adjust' and l.external_id like 'restore:%') group by 1
  )
  select 'a purchase and its money disagree', coalesce(p.id::text, m.id), jsonb_build_object('status', p.status,
    'credits', p.credits, 'granted', m.granted, 'clawed_credits', p.clawed_credits, 'clawed', m.clawed)
  from public.purchases p full join moved m on m.id = p.id::text
  where p.id is null or coalesce(m.clawed, 0) <> p.clawed_credits
    or coalesce(m.grants, 0) <> (p.status = 'paid')::int
    or coalesce(m.granted, 0) <> case p.status when 'paid' then p.credits else 0 end
    or (p.status = 'paid' and p.clawed_credits
      <> round(p.credits::numeric * least(p.refunded_cents, p.amount_cents) / p.amount_cents))
  union all
  select 'a purchase does not sum its reversals', p.id::text,
    jsonb_build_object('refunded_cents', p.refunded_cents, 'reversals', r.total)
  from public.purchases p left join lateral (
    select coalesce(sum(x.amount_cents), 0) as total from public.purchase_reversals x
    where x.purchase_id = p.id and x.state = 'taken') r on true
  where p.refunded_cents <> r.total
$$;

create or replace function public.audit_books() returns table (offence text, subject text, detail jsonb)
language sql stable security definer set search_path = '' as $$
  select * from private.audit_money()
  union all select * from private.audit_purchases()
  union all select * from private.audit_free_uses()
  union all select * from private.audit_queue()
$$;

create table private.audit_state (
  id boolean primary key default true check (id),
  audited_at timestamptz not null default '-infinity'
);
insert into private.audit_state default values;
alter table private.audit_state enable row level security;

-- Any server may call it at any time: it runs at most every ten minutes, once for all of them.
create function public.audit_tick() returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_count int;
  v_first jsonb;
begin
  if not pg_try_advisory_xact_lock(20261123, 3) then
    return '{"ran": false, "offences": 0, "first": null}';
  end if;
  update private.audit_state s set audited_at = clock_timestamp()
  where s.audited_at <= clock_timestamp() - interval '10 minutes';
  if not found then
    return '{"ran": false, "offences": 0, "first": null}';
  end if;
  with found as materialized (select * from public.audit_books())
  select count(*), (select to_jsonb(f) from found f limit 1) into v_count, v_first from found;
  if v_count > 0 then
    perform private.open_alert('books', '', jsonb_build_object('offences', v_count, 'first', v_first));
  else
    update public.alerts a set closed_at = now() where a.kind = 'books' and a.closed_at is null;
  end if;
  return jsonb_build_object('ran', true, 'offences', v_count, 'first', v_first);
end
$$;

grant execute on function public.audit_tick to service_role;
