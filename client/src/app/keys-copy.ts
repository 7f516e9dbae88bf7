/** Words of the list of shortcuts, loaded with it. What stands here is what the keys do. */
export const keysCopy = {
  title: 'Keyboard shortcuts',
  single: 'Single keys work outside of fields',
  groups: [
    {
      title: 'Everywhere',
      keys: [
        ['Generate', 'Ctrl/⌘ + Enter'],
        ['Switch mode', 'Alt + 1 … 5'],
        ['Paste an image', 'Ctrl/⌘ + V'],
        ['Undo, redo: mask and settings', 'Ctrl/⌘ + Z, Shift + Z'],
        ['This list', '?'],
        ['Close a panel', 'Esc'],
      ],
    },
    {
      title: 'Prompt',
      keys: [
        ['Earlier prompts, in an empty field', '↑ ↓'],
        ['Earlier prompts, anywhere', 'Alt + ↑ ↓'],
      ],
    },
    {
      title: 'Result',
      keys: [
        ['Flip before and after (hold)', 'C'],
        ['Move the compare handle', '← →'],
        ['Full view', 'V'],
        ['In full view: zoom, fit, actual size', '+ − 0 1'],
        ['Favourite', 'F'],
        ['Delete', 'Delete'],
        ['Next, previous attempt', '↑ ↓'],
      ],
    },
    {
      title: 'Mask',
      keys: [
        ['Brush, erase, rectangle, ellipse', 'B E R O'],
        ['Lasso, fill, grid', 'L F G'],
        ['Erase while held', 'Alt'],
        ['Brush size, by a tenth', '[ ]'],
        ['Brush size, by a pixel', 'Alt + [ ]'],
        ['Harder, softer edge', '{ }'],
        ['Invert the mask', 'I'],
        ['Hide the mask (hold)', '\\'],
        ['Move the brush by 8 px, by 1 px', 'Arrows, Shift + Arrows'],
        ['Paint with it (hold)', 'Space'],
        ['Brush size', 'Ctrl + Wheel'],
        ['Move the picture (hold and drag)', 'Space'],
        ['Fit, actual size', 'Shift + 0, Shift + 1'],
        ['Undo, redo by touch', 'Two, three fingers'],
      ],
    },
  ],
} as const
