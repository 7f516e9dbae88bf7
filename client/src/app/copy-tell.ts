/** Words of the notification that somebody asked for. */
export const tellCopy = {
  label: 'Tell me when it’s done',
  wish: 'Tell me when this is done',
  hint: 'Works while this tab is in the background. The browser asks once.',
  sound: 'With a sound',
  denied: 'Notifications are blocked for this site in your browser. A sound still works.',
  unsupported: 'This browser shows no notifications from here. A sound still works.',
  ended: { done: 'Your image is done', failed: 'Your image could not be made' },
  body: (transmission: string, prompt: string) => (prompt === '' ? transmission : prompt.slice(0, 120)),
} as const
