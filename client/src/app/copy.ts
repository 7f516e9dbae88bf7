import type { ErrorCode, ErrorData } from '#shared/errors.ts'
import type { FailureCode, Purse } from '#shared/jobs/rules.ts'
import { benchCopy } from './bench-copy.ts'
import { formatBytes, formatClock, formatLeft, formatOrdinal, formatWait, plural } from '#client/lib/format.ts'

/** `1 free image`, `2 credits`: the only two units of money there are. */
export function money(purse: Purse, amount: number): string {
  return purse === 'free' ? plural(amount, 'free image', 'free images') : plural(amount, 'credit', 'credits')
}

/** What came back, as a sentence; says so plainly when nothing had to. */
export function returned(purse: Purse, amount: number): string {
  return amount === 0 ? 'Nothing came back.' : `${money(purse, amount)} returned.`
}

type Worded = (data: ErrorData) => string
const nothing = 'Nothing was charged.'
const ours = `Something broke on our side. ${nothing} Try again in a moment.`
const worker: Worded = () => ours

/** Every refusal in words: what happened, that it cost nothing, what to do next. Exhaustive by type. */
export const refusals: Record<ErrorCode, Worded> = {
  INVALID_INPUT: () => `The server could not read that request. ${nothing} Reload the page and try again.`,
  UNAUTHENTICATED: () => `Your sign-in ended. ${nothing} Press Generate again, or sign in.`,
  FORBIDDEN: () => `This account may not do that. ${nothing}`,
  NOT_FOUND: () => 'That is no longer here.',
  RATE_LIMITED: (data) => {
    const seconds = data['retry_after_s']
    const wait = typeof seconds === 'number' ? plural(seconds, 'second', 'seconds') : 'a few seconds'
    return `Too many requests at once. ${nothing} Wait ${wait} and try again.`
  },
  UNAVAILABLE: () => `The forge cannot be reached right now. ${nothing} Your draft is saved; try again in a moment.`,
  INTERNAL: () => ours,
  MODE_UNKNOWN: () => `This mode is gone. ${nothing} Reload the page.`,
  MODE_UNAVAILABLE: () => `No model for this mode is installed here. ${nothing}`,
  LICENCE_REQUIRED: () => `The model of this mode may not be used for paid work here. ${nothing}`,
  PROMPT_INVALID: () =>
    `The prompt holds something the model cannot take: control characters, “embedding:”, or more than 2,000 characters. ${nothing} Edit it and try again.`,
  ASSET_NOT_FOUND: () => `The image is no longer on the server. ${nothing} Press Generate again to send it once more.`,
  UPLOAD_NOT_FOUND: () => `The upload ran out of time. ${nothing} Press Generate again.`,
  UPLOAD_MISSING: () => `The image did not arrive. ${nothing} Press Generate again.`,
  FILE_TOO_LARGE: (data) =>
    typeof data['bytes'] === 'number' && typeof data['limit'] === 'number'
      ? `That file is ${formatBytes(data['bytes'])}; the limit is ${formatBytes(data['limit'])}.`
      : 'That file is over the limit.',
  FILE_TYPE_UNSUPPORTED: () => 'That file is not a JPEG, PNG or WebP image.',
  FILE_UNREADABLE: () => 'That file cannot be read as an image.',
  IMAGE_TOO_MANY_PIXELS: () => 'That image has too many pixels.',
  IMAGE_TOO_SMALL: () => 'That image is too small; its short edge needs at least 64 pixels.',
  IMAGE_ANIMATED: () => 'That image is animated. Export one frame and use that.',
  IMAGE_TOO_NARROW: () => 'That image is more than four times as long as it is wide. Crop it and try again.',
  MASK_REQUIRED: () => 'Paint what should change first.',
  MASK_EMPTY: (data) =>
    typeof data['grow'] === 'number' && data['grow'] < 0
      ? 'Shrunk that far, nothing is left of the mask. Shrink it less or paint more.'
      : 'The mask is empty. Paint what should change.',
  MASK_SIZE_MISMATCH: () => 'The mask does not have the size of its image. Paint it again.',
  WORK_IMAGE_REQUIRED: () => 'The image is not ready for this mode. Put it in its slot again.',
  JOB_NOT_FOUND: () => 'That image is not in this account.',
  REQUEST_ID_REUSED: () => `That press had already been sent with other settings. ${nothing} Press Generate again.`,
  PRICE_CHANGED: (data) =>
    typeof data['price'] === 'number' && (data['purse'] === 'free' || data['purse'] === 'credits')
      ? `It would now take ${money(data['purse'], data['price'])}. ${nothing} Press again if that is fine.`
      : `The price has changed. ${nothing} The button shows the new one.`,
  PURSE_EMPTY: () => `There are not enough credits for this. ${nothing}`,
  FREE_LIMIT_REACHED: (data) =>
    typeof data['resets_at'] === 'string'
      ? `Today’s free images are used up. ${nothing} More at ${formatClock(data['resets_at'])}.`
      : `Today’s free images are used up. ${nothing}`,
  FREE_PAUSED: (data) =>
    `Today’s free images are given out for everyone. ${nothing} Credits still work; free images are back ${
      typeof data['resets_at'] === 'string' ? `at ${formatClock(data['resets_at'])}` : 'at 00:00 UTC'
    }.`,
  TOO_MANY_JOBS: (data) =>
    typeof data['cap'] === 'number'
      ? `${plural(data['cap'], 'image', 'images')} at a time is the limit. ${nothing} Press again when one is done.`
      : `Too many images are in work. ${nothing} Press again when one is done.`,
  QUEUE_FULL: (data) =>
    `The queue is full. Try again in about ${formatWait(Number(data['retry_after_s'] ?? 60) * 1_000)}. ${nothing}`,
  INTAKE_PAUSED: () => `Generation is paused for maintenance. Your draft is saved. ${nothing}`,
  SPEND_CAP_REACHED: () =>
    `The forge is at today’s limit. Credits are untouched. ${nothing} The queue opens again at 00:00 UTC.`,
  TOO_LATE_TO_CANCEL: () => 'Too late to cancel; it is yours in a moment.',
  JOB_FINISHED: () => 'It finished first, so it is yours.',
  ACCOUNT_REQUIRED: () => `Credits belong to an account. ${nothing} Create one; your draft stays.`,
  PAYMENTS_UNAVAILABLE: () => `Credits are not sold here. ${nothing}`,
  PURCHASE_CLOSED: () => `That checkout is over. ${nothing} Choose a pack again.`,
  WORKER_KEY_INVALID: worker,
  WORKER_REVOKED: worker,
  JOB_OVER: worker,
  EPOCH_STALE: worker,
  OUTPUT_INVALID: worker,
}

/** Why a job ended without an image. Money is said beside it, from what the row says came back. */
export const failures: Record<FailureCode, string> = {
  OUT_OF_MEMORY: 'The worker ran out of memory. A smaller image may work.',
  PROVIDER_REFUSED: 'The outside provider refused this picture or these words. Try others.',
  MODEL_MISSING: 'The worker does not have the model. We have been told.',
  GRAPH_INVALID: 'The worker refused the workflow. We have been told.',
  INPUT_UNREADABLE: 'The worker could not open the image. Try another file.',
  INPUT_GONE: 'An image that you gave is no longer stored. Add it again, then press Generate.',
  OUTPUT_EMPTY: 'The worker finished without an image.',
  OUTPUT_CORRUPT: 'The finished image could not be read.',
  STAGE_TIMEOUT: 'The worker stopped answering.',
  ENGINE_ERROR: 'The engine stopped with an error.',
  ENGINE_UNREACHABLE: 'The worker lost its engine.',
  WORKER_LOST: 'The worker went away.',
  UPLOAD_FAILED: 'The finished image could not be sent back.',
  INTERNAL: 'Something broke on our side.',
}

const modeWords: Readonly<Record<string, string>> = {
  style: 'Paints one image in the manner of up to three others',
  remix: 'Repaints one image towards your words',
  inpaint: 'Repaints only what you paint over',
  mashup: 'Keeps one composition, fuses up to three styles',
  tonic: 'Our own hand: from words, or over an image',
}

export const copy = {
  name: 'The Forge',
  nav: {
    main: 'Main',
    studio: 'Studio',
    gallery: 'Gallery',
    credits: 'Credits',
    menu: 'Menu',
    skip: 'Skip to the bench',
  },
  modes: {
    label: 'Mode',
    /** What a mode does, short enough for the bar; of one that has no words here the first sentence of its manifest. */
    summary: (key: string, summary: string, steps: number) =>
      `${modeWords[key] ?? summary.split(/\.(\s|$)/)[0] ?? ''}, ${plural(steps, 'step', 'steps')}`,
    unavailable: {
      'not-installed': 'No model for this mode is installed here.',
      licence: 'The licence of this mode’s model does not allow paid images here.',
      'no-worker': 'No worker that is online can run this mode.',
    },
    off: 'off',
  },
  engine: {
    label: 'Preview engine: no GPU',
    short: 'No GPU',
    title: 'This is a preview engine',
    body: 'No GPU is attached to this installation, so a stand-in makes the pictures with classical filters. Queue, progress, limits and money work as they would on a GPU; the pictures do not show what a model would paint.',
  },
  idle: {
    heading: 'Cold iron.',
    lead: {
      image: 'Drop an image anywhere to start.',
      mask: 'Drop an image anywhere, then paint on it.',
      words: 'Describe an image, or drop one to start from.',
    },
    leadPhone: {
      image: 'Add an image to start.',
      mask: 'Add an image, then paint on it.',
      words: 'Describe an image, or add one to start from.',
    },
    formats: 'JPEG, PNG or WebP, up to 25 MB.',
    paste: 'Paste',
    choose: 'Choose image',
    foot: 'No image loaded. Samples cost nothing to open.',
    sample: (name: string) => `Open the sample “${name}”`,
    withLook: (name: string, look: string) => `${name}, ${look}`,
    look: (look: string) => look.charAt(0).toUpperCase() + look.slice(1),
    withStyle: (name: string, style: string) => `${name} and ${style.toLowerCase()}`,
    /** Under the samples: where their results are from. */
    made: {
      half: 'Right halves: made by this studio’s preview engine.',
      whole: 'Made by this studio’s preview engine, from words.',
    },
    setting: (title: string, value: number) => `${title} ${value}`,
  },
  bench: benchCopy,
  generate: {
    verb: 'Generate',
    another: 'Queue another',
    needImage: 'Add an image first',
    needStyle: 'Add a style first',
    needWork: 'Preparing the image',
    needMask: 'Paint what should change',
    needWords: 'Describe it first',
    preparing: 'Preparing the image',
    sending: 'Sending',
    retrying: 'No answer yet, asking again',
    lost: 'No answer came back. Press Generate again: the same press is never counted twice.',
    offline: 'You’re offline. Your draft is safe on this device.',
    resumed: 'The reload came in the middle of your press. It went on from there, and counts once.',
    notResumed: 'The reload came before your press was sent. Nothing was charged; press Generate again.',
    signingIn: 'Opening a guest account',
    anonymousLimit: 'Too many new guests came from this network. Create an account to go on; your draft stays.',
    price: (purse: Purse, count: number, price: number) =>
      purse === 'free'
        ? `${plural(price, 'free image', 'free images')}${count === 1 ? ' each' : ''}`
        : money(purse, price),
    onButton: (purse: Purse, price: number) => (purse === 'free' ? `${price} free` : money('credits', price)),
    after: 'after this:',
    leftToday: (left: number) => `${left} left today`,
    lastOne: 'last free one today',
    queueAhead: (ahead: number, etaMs: number | null) =>
      `${plural(ahead, 'image', 'images')} ahead${etaMs === null ? '' : `, about ${formatWait(etaMs)}`}`,
    noWorker: 'No worker online',
    inWork: (running: number, queued: number) =>
      [running > 0 ? `${running} running` : '', queued > 0 ? `${queued} queued` : ''].filter(Boolean).join(', '),
  },
  /** Why the button cannot be pressed: on it, and under it. */
  refused: {
    QUEUE_FULL: {
      label: 'The queue is full',
      line: 'It takes new images again in a minute or so. Nothing is charged.',
    },
    INTAKE_PAUSED: { label: 'Paused for maintenance', line: 'Your draft is saved. Nothing is charged.' },
    SPEND_CAP_REACHED: { label: 'At today’s limit', line: 'Credits are untouched. It opens at 00:00 UTC.' },
    TOO_MANY_JOBS: { label: 'All your places are taken', line: 'Press again when one is done.' },
    MODE_UNAVAILABLE: { label: 'Not available here', line: 'No model for this mode is installed.' },
  },
  limit: {
    title: 'No free images left today',
    shared: 'Counted per network, so others on it share the ten. Your bench stays open.',
    own: 'Your bench stays open.',
    everyone: 'Today’s free images are given out for everyone. Credits still work. Your bench stays open.',
    guest: 'Guests on one network share ten a day. Your bench stays open.',
    more: (left: string) => `ten more, in ${left}`,
    fewTitle: (left: number) => `Only ${money('free', left)} left today`,
    few: (price: number, left: number) =>
      `This press needs ${price}; ${left} ${left === 1 ? 'is' : 'are'} left. Choose fewer images.`,
    fewer: (count: number) => `Set Images to ${count}`,
    signIn: 'Sign in for ten of your own',
    signInToBuy: 'Sign in to use credits',
    buy: 'Get credits',
    creditsTitle: 'Not enough credits',
    credits: (balance: number, price: number) =>
      `This takes ${money('credits', price)}; you have ${balance}. Your bench stays open.`,
  },
  state: {
    preparing: 'Preparing',
    resizing: (from: string, to: string) => `${from} to ${to}`,
    uploading: 'Sending the image',
    stopSending: 'Stop sending',
    ready: 'On the bench',
    creating: 'Asking for a place in the queue',
    nextInLine: 'Next in line',
    inLine: (place: number) => `${formatOrdinal(place)} in line`,
    queued: 'In the queue',
    about: (ms: number) => `about ${formatWait(ms)}`,
    left: (words: string) => `${words} left`,
    noWorker: 'No worker online',
    atMost: (ms: number) => `${formatWait(ms)} at most, as a rule`,
    between: (from: number, to: number) => `${formatWait(from)} to ${formatWait(to)}`,
    late: 'longer than usual',
    warm: { yes: 'model warm', no: 'the model loads first' },
    byProvider: 'a provider renders it',
    noWorkerMore: 'your place is kept',
    startingOne: (ms: number) => `starting one, about ${formatWait(ms)}`,
    startingShort: 'Starting a worker',
    startingNow: 'starting one, any moment now',
    waits: {
      operator: 'paused for maintenance; your place is kept',
      midnight: 'at today’s limit; it goes on at 00:00 UTC',
      no_worker: 'no worker is online; your place is kept',
    },
    starting: 'A worker has it',
    loading: 'Loading the model',
    step: 'Step',
    of: 'of',
    saving: 'Saving the full size',
    opening: 'Opening the image',
    done: 'Done',
    doneIn: (ms: number) => `Done in\u{a0}${formatWait(ms).replace(' ', '\u{a0}')}`,
    failed: 'Failed',
    failedAt: (step: number) => `Failed at step ${step}`,
    canceledQueue: 'Cancelled in the queue',
    canceledAt: (step: number) => `Cancelled at step ${step}`,
    deleted: 'Deleted',
    deletedMore: 'It is kept for 30 days before it is gone for good.',
    bringBack: 'Bring it back',
    stopping: 'Stopping…',
    cancel: 'Cancel',
    returns: (purse: Purse, price: number) => `returns ${money(purse, price)}`,
    stopsNoReturn: 'returns nothing',
    tooLate: 'Too late to cancel; it is yours in a moment',
    tooLateShort: 'Too late to cancel',
    retry: 'Retry',
    again: 'Run again',
    heard: (seconds: number) => `last heard ${seconds} s ago`,
    stepsLabel: 'Steps',
    loadingJob: 'Looking for that image',
  },
  result: {
    download: 'Download PNG',
    downloading: 'Fetching…',
    downloadFailed: 'The full-size file could not be fetched. Try again.',
    use: {
      base: 'Use as base',
      composition: 'Use as composition',
      source: 'Use as source',
      style: 'Use as style',
    },
    toMask: 'Edit mask',
    maskFact: (grow: number, feather: number) => `Mask ${grow < 0 ? '' : '+'}${grow} px, edge ${feather} px`,
    negativeFact: (negative: string) => `Without ${negative}`,
    variations: '4 variations',
    compare: 'Compare before and after',
    before: 'Before',
    after: 'After',
    flip: 'Hold C to flip',
    hold: 'Hold to see what it was',
    byProvider: 'Rendered by a provider',
    byProviderTail: ', rendered by a provider',
    smaller: {
      memory: 'Made a little smaller: the GPU ran out of memory.',
      saving: 'Made a little smaller: free images were, that day.',
    },
    more: 'More for this image',
    alt: (prompt: string) => (prompt === '' ? 'Result' : prompt),
    previewAlt: (step: number, steps: number) => `Preview of the image at step ${step} of ${steps}`,
    fact: 'Result',
    previewFact: 'Preview, 512 px',
    unavailable: 'The image could not be opened.',
  },
  rail: {
    title: 'This session',
    empty: 'Every attempt lands here, the failed ones too, with what happened to its cost.',
  },
  account: {
    signIn: 'Sign in',
    signUp: 'Create account',
    signOut: 'Sign out',
    account: 'Account',
    keeps: 'The bench stays as it is. Nothing runs until you press Generate.',
    moves: (count: number) => `${plural(count, 'image', 'images')} made as a guest`,
    movesWhere: (count: number) =>
      `${count === 1 ? 'stays' : 'stay'} with your account, on every device. The draft stays on this one.`,
    email: 'E-mail',
    password: 'Password',
    passwordHint: 'At least 8 characters',
    working: 'One moment…',
    toSignUp: 'No account yet? Create one',
    toSignIn: 'Have an account? Sign in',
    gets: [
      'Ten free images a day of your own, not shared with your network',
      'Today’s guest images count towards those ten',
      'Every image you make, with its settings',
      'Your e-mail is for signing in. Nothing else.',
    ],
    close: 'Close',
    created: 'Account created. Everything you made is in it.',
    checkMail: 'We sent you a link. Open it to finish; your bench stays as it is.',
    signedIn: 'Signed in.',
    moved: (count: number) => `Signed in. ${plural(count, 'image', 'images')} moved to your account.`,
    moveLater: 'Signed in. Your guest images could not be moved yet; we keep trying.',
    signedOut: 'Signed out. Your draft stays on this device.',
    wrong: 'E-mail and password do not match.',
    taken: 'This e-mail already has an account. Sign in instead; what you made here moves along.',
    weak: 'That password is too short. Use at least 8 characters.',
    badEmail: 'That does not look like an e-mail address.',
    unreachable: 'Sign-in cannot be reached right now. Your draft is safe; try again in a moment.',
    tooMany: 'Too many tries. Wait a minute and try again.',
  },
  meter: {
    free: 'free',
    today: 'today',
    rest: (cap: number, at: string) => `, of ${cap}, resets at ${at}`,
    creditsRest: 'credits',
    title: (left: number) => `${plural(left, 'free image', 'free images')} left today`,
    resets: 'Resets',
    resetsAt: (iso: string, now: number) => `${formatClock(iso)}, in ${formatLeft(Date.parse(iso) - now)}`,
    counted: 'Counted',
    network: 'per network, shared',
    own: 'for your account alone',
    credits: 'Credits',
    held: 'Held',
    inWork: 'Images in work',
    rules: 'A failed image gives back what it cost. Nothing is charged twice.',
    heldShort: (held: number) => `${held} held`,
  },
  undo: { undo: 'Undo', dismiss: 'Dismiss' },
  offline: {
    banner: 'You’re offline. The job keeps running; your draft is safe on this device.',
    bannerIdle: 'You’re offline. Your draft is safe on this device.',
    away: 'The studio does not answer. Your draft is safe on this device; it goes on by itself once it is back.',
  },
  keys: {
    open: 'Keyboard shortcuts',
    ctrl: 'Ctrl',
  },
  gallery: {
    toStudio: 'Open the studio',
  },
  errors: {
    notFoundTitle: 'Nothing at this address.',
    notFound: 'The link is old, or was never right.',
    crashTitle: 'This page broke.',
    crash: 'Your draft is saved on this device, and work in the queue goes on. Reload to get back to it.',
    reload: 'Reload',
    stale: 'The Forge was updated or restarted since this page was opened. Your draft is saved; reload to go on.',
    staleTitle: 'A newer Forge is out.',
    staleLine: 'This page is of the one before. Your draft is saved on this device; reload to go on.',
    offlineTitle: 'You’re offline.',
    offlineLine:
      'This page is not on this device yet. It opens by itself when the network is back. Your draft is saved.',
    back: 'Back',
    jobLost: 'That image is not in this account.',
  },
  title: {
    running: (percent: number) => `(${percent}%) The Forge`,
    queued: '(queued) The Forge',
    done: '✓ Done, The Forge',
    failed: '! Failed, The Forge',
    idle: 'The Forge',
    gallery: 'Gallery, The Forge',
    notFound: 'Not found, The Forge',
  },
} as const
