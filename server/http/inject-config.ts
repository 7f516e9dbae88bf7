const slot = /(<script type="application\/json" id="forge-config">)[^<]*(<\/script>)/

/** Puts public facts of this deployment into the page, so that one build serves every deployment. */
export function injectConfig(html: string, config: Readonly<Record<string, string>>): string {
  // `<` could end the element; the replacement is a function because `$` means something in a string.
  const json = JSON.stringify(config).replaceAll('<', '\\u003c')
  return html.replace(slot, (_all, open: string, close: string) => `${open}${json}${close}`)
}
