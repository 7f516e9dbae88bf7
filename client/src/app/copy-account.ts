import { plural } from '#client/lib/format.ts'

/** Words of signing in by other ways, and of the account page. Loaded with them. */
export const copyAccount = {
  sheet: {
    goesOn: 'The bench stays as it is. What you pressed goes on by itself once you are in, if it costs the same.',
    byCode: 'Use a code instead',
    codeTitle: 'Sign in with a code',
    codeLead: 'We send a six-digit code to your e-mail. It signs you in, or makes the account if there is none.',
    sendCode: 'Send code',
    sentTo: (email: string) => `We sent a code to ${email}. Its link works too, in this browser.`,
    code: 'Code',
    checkCode: 'Continue',
    again: 'Send another code',
    otherAddress: 'Use another e-mail',
    byPassword: 'Use a password instead',
    forgot: 'Forgot the password?',
    recoverTitle: 'Choose a new password',
    recoverLead: 'We send a code to your e-mail; with it you choose a new password.',
    newPassword: 'New password',
    savePassword: 'Save password',
    or: 'or',
    continueWith: { google: 'Continue with Google', github: 'Continue with GitHub' },
    guestData: 'Export or delete what this guest made',
  },
  landing: {
    otp_expired:
      'That link is too old, or was used already. Ask for a new code; your draft and images are as they were.',
    identity_already_exists:
      'That account is already used here. Sign in with it, and what you made as a guest moves along.',
    other: 'That sign-in did not go through. Your draft and images are as they were.',
  },
  clock: (hours: string) =>
    `The clock of this device is off by about ${hours}. Everything still works; times shown here may be wrong.`,
  page: {
    title: 'Account',
    pageTitle: 'Account, The Forge',
    signedOut: 'Nobody is signed in on this device.',
    guest: 'You are here as a guest. What you make is kept for this browser only, until you create an account.',
    email: 'E-mail',
    since: 'Since',
    ways: 'Signs in by',
    wayNames: { email: 'e-mail', google: 'Google', github: 'GitHub' } as Partial<Record<string, string>>,
    failed: 'Your account could not be read.',
    password: 'Password',
    passwordSaved: 'Password saved. Other devices are signed out.',
    devices: 'Devices',
    devicesLead: 'Signing out everywhere ends every session of this account, within a minute.',
    signOutHere: 'Sign out here',
    signOutAll: 'Sign out everywhere',
    signedOutAll: 'Signed out everywhere. Your draft stays on this device.',
    notSignedOut: 'Signing out could not reach the server. Nothing has changed; try again in a moment.',
    made: 'Where images are made',
    madeLead:
      'On GPUs that this studio runs. When none answers in time an outside provider, Replicate, may make one. It then gets the images and words of that job, keeps them for an hour, and the result says so.',
    mayLeave: 'Mine may be made by a provider',
    notUsed: 'This studio uses no provider at the moment.',
    /** `begun`: images that the provider has already been given. */
    staysHere: (begun: number) =>
      begun === 0
        ? 'Saved. Yours wait for a GPU of the studio.'
        : `Saved. ${plural(begun, 'image that the provider has begun is', 'images that the provider has begun are')} finished there; all others wait for a GPU of the studio.`,
    maySaved: 'Saved.',
    madeFailed: 'This could not be read or saved. Try again in a moment.',
    data: 'Your data',
    dataLead:
      'One JSON file: who you are, every image with its settings, every link you made to one, every credit. Its links to images live for an hour.',
    download: 'Download my data',
    collecting: (count: number) => `Collecting, ${plural(count, 'entry', 'entries')} so far`,
    downloaded: 'Your data is in your downloads.',
    downloadFailed: 'Your data could not be read. Try again in a moment.',
    delete: 'Delete account',
    deleteLead: 'Images, prompts, uploads and links go at once and for good. Open jobs are canceled first.',
    deleteCredits: (credits: number) => `${plural(credits, 'credit', 'credits')} would be lost with it.`,
    deleteBooks: 'Payments stay in the books without your name, as the law asks.',
    deleteType: 'Type “delete” to confirm',
    deleteWord: 'delete',
    deleteNow: 'Delete my account',
    deleting: 'Deleting…',
    deleted: (ended: number) =>
      ended === 0
        ? 'Your account is deleted.'
        : `Your account is deleted; ${plural(ended, 'open job was', 'open jobs were')} canceled.`,
    deleteFailed: 'The account could not be deleted. Nothing has changed; try again in a moment.',
  },
} as const
