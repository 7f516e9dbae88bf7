-- The smallest demo world, for a local stack only: what a hosted project's operator would set by hand. Repeatable.
-- People and worker keys are made by the stack itself, which alone can show their secrets once.

-- The stand-in loads no weights, so the 28-step variant can be shown. Its licence is not stated: with a real ComfyUI this
-- stack would use the weights, and credits must not pay for them.
update public.settings set variants = variants || '{"remix": "dev"}', licences = '{}';

insert into public.credit_packs (id, title, credits, amount_cents, currency, position) values
  ('spark', 'Spark', 50, 500, 'usd', 1),
  ('ember', 'Ember', 120, 1000, 'usd', 2),
  ('blaze', 'Blaze', 300, 2000, 'usd', 3)
on conflict (id) do nothing;
