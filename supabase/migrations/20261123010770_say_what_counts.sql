-- The cap counts what is before a GPU, as claims have it.
comment on column public.settings.max_concurrent is 'Jobs before a GPU at one instant over all workers: neither the one ahead nor the one being saved counts.';
