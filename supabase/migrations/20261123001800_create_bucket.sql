-- The one bucket: private, no policies at all. Only signed URLs and the secret key reach it.
-- 64 MiB is the largest output a worker may hand in; uploads are held to 5 MB by the server.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('forge', 'forge', false, 67108864, array['image/jpeg', 'image/png', 'image/webp'])
on conflict (id) do nothing;
