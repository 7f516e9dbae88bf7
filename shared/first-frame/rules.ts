/** Where the browser keeps the session; what a member or guest sees first differs from a newcomer's page. */
export const sessionKey = 'forge-auth'

/** In local storage while something lies on the bench, which then does not start out empty. */
export const ownKey = 'forge-own'

/**
 * Runs before the first frame is parsed and marks the document of whoever has something here already, so that the
 * empty bench of a newcomer is not shown to them. Marks it too when the page's own script does not come, so that the
 * page says so. The policy of the page lets in exactly this text.
 */
export const ownScript = `addEventListener('error',e=>{if(e.target.tagName==='SCRIPT')document.documentElement.dataset.unstarted=''},true);try{if(localStorage.getItem('${sessionKey}')||localStorage.getItem('${ownKey}'))document.documentElement.dataset.own=''}catch{}`

/** What the build leaves beside index.html: by address, the page before its script runs and what goes into its head. */
export const firstFramesFile = 'first-frames.json'
export type FirstFrames = Readonly<Record<string, { head: string; markup: string }>>
