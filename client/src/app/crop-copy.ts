/** Words of the crop, loaded with it. */
export const cropCopy = {
  title: 'Crop',
  area: 'What is kept. Arrow keys move it, with Shift they change its size.',
  shape: 'Shape',
  free: 'Free',
  own: 'Original',
  sides: { x: 'Left', y: 'Top', width: 'Width', height: 'Height' },
  result: (width: number, height: number) => `${width} × ${height} px are kept.`,
  tooSmall: 'Too small: the short edge needs at least 64 pixels.',
  maskNote: 'The cut image starts with an empty mask. Undo brings the old one back.',
  keep: 'Crop',
  working: 'Cropping…',
  reset: 'Reset',
} as const
