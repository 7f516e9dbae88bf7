-- A rented box that its provider does not take back costs until somebody ends it by hand: a person is told, once, and
-- again no more when it is gone. `p_problem` null: it was taken back.
create function public.note_removal(p_subject text, p_pool text, p_problem text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if p_problem is not null then
    perform private.open_alert('removal', p_subject, jsonb_build_object('pool', p_pool, 'problem', p_problem));
    return;
  end if;
  update public.alerts a set closed_at = now() where a.kind = 'removal' and a.subject = p_subject and a.closed_at is null;
end
$$;
grant execute on function public.note_removal to service_role;

CREATE OR REPLACE FUNCTION public.end_box(p_box uuid, p_reason text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_box public.boxes;
begin
  perform private.book_boxes(p_box);
  update public.boxes b
  set state = 'gone', gone_at = clock_timestamp(), reason = coalesce(b.reason, p_reason)
  where b.id = p_box and b.state <> 'gone' returning b.* into v_box;
  if not found then
    return;
  end if;
  update public.worker_keys k set revoked_at = coalesce(k.revoked_at, now()) where k.id = v_box.key_id;
  update public.workers w set draining = true where w.box_id = p_box;
  insert into public.audit_log (actor, action, subject, detail) values ('capacity', 'end_box', v_box.name,
    jsonb_build_object('reason', v_box.reason, 'usd', round(v_box.usd_micros / 1000000.0, 4)));
  perform public.note_removal(v_box.name, v_box.pool, null);
end
$function$;
