/** Words of the view over the whole window. */
export const fullViewCopy = {
  frame: 'Picture. Arrow keys move it, plus and minus zoom, 0 fits, 1 is actual size.',
  previous: 'Previous',
  next: 'Next',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  zoom: (percent: string) => `${percent} %`,
  fit: 'Fit',
  actual: '1:1',
  close: 'Close',
} as const
