import type { SharedView } from '#shared/shares/schema.ts'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => entities[char] ?? '')
}

/** At most this much of a prompt goes into a preview card. */
const longest = 200

function tagsOf(view: SharedView, address: string): [string, string][] {
  const { output, recipe } = view
  const made = `Made with ${view.modeTitle} in The Forge${view.standIn ? ' by its preview engine' : ''}. AI-generated.`
  const prompt = recipe === null ? '' : recipe.prompt.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')
  return [
    ['og:type', 'website'],
    ['og:site_name', 'The Forge'],
    ['og:title', prompt === '' ? `${view.modeTitle}, ${view.transmission}` : prompt],
    ['og:description', made],
    ['og:url', address],
    ...(output === null
      ? []
      : ([
          ['og:image', `${address}/image`],
          ['og:image:type', output.mime],
          ['og:image:width', String(output.width)],
          ['og:image:height', String(output.height)],
          ['og:image:alt', prompt === '' ? made : prompt],
        ] satisfies [string, string][])),
    ['twitter:card', output === null ? 'summary' : 'summary_large_image'],
  ]
}

/**
 * The page of a link, for those who read no scripts: what it shows as Open Graph tags, and that no search engine keeps
 * it. `view` null: nothing is told. `address` is the page's own, without a slash at its end.
 */
export function injectShareTags(html: string, view: SharedView | null, address: string): string {
  const tags = (view === null ? [] : tagsOf(view, address)).map(([name, content]) => {
    const key = name.startsWith('twitter:') ? 'name' : 'property'
    return `<meta ${key}="${name}" content="${escape(content)}" />`
  })
  const head = ['<meta name="robots" content="noindex, nofollow, noimageindex" />', ...tags].join('\n    ')
  // A function, because `$` means something in a replacement string.
  return html.replace('</head>', () => `  ${head}\n  </head>`)
}
