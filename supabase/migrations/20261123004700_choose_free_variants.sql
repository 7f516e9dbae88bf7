-- Every mode runs on weights that may be sold from, until the operator chooses otherwise.
alter table public.settings alter column variants set default
  '{"style": "sdxl", "remix": "schnell", "inpaint": "sdxl", "mashup": "canny", "tonic": "schnell"}';

-- What the operator has already chosen stays.
update public.settings
set variants = '{"style": "sdxl", "remix": "schnell", "inpaint": "sdxl", "mashup": "canny", "tonic": "schnell"}' || variants;

comment on column public.settings.variants is 'Which variant of its workflow each mode runs. A mode that is not named is not offered.';
comment on column public.settings.licences is
  'Keys of models (workflows/models.json) for which the operator states to hold a licence to sell images.';
