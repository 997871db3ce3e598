/** Words that more than one page needs. */
import type { RunStatus } from '~/api/client.ts'
import { plural } from '~/ui/format.ts'

export const statusNames: Record<RunStatus, string> = {
  queued: 'Queued',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  lost: 'Lost',
  unknown: 'Unknown',
}

export const commonTexts = {
  andMore: (count: number) => `and ${count} more`,
  brand: 'Lastwords',
  skip: 'Skip to content',
  nav: { label: 'Main', runs: 'Runs', errors: 'Errors', system: 'System', logOut: 'Log out' },
  startTraining: 'Start training',
  loading: 'Loading…',
  close: 'Close',
  cancel: 'Cancel',
  clearSelection: 'Clear selection',
  undo: 'Undo',
  undoKey: 'Undo (Ctrl Z)',
  done: 'Done just now',
  older: 'Older',
  newer: 'Newer',
  toNewest: 'Back to newest',
  notification: (run: string, status: string) => `${run}: ${status}`,
} as const

export const copyTexts = {
  copy: 'Copy',
  copied: 'Copied',
  copiedStatus: (what: string, characters: number) =>
    `${what} copied (${plural(characters, 'character')}).`,
  savedStatus: (file: string, characters: number) =>
    `The full error (${plural(characters, 'character')}) was saved as ${file}.`,
  failedTitle: 'Not copied',
  failed: 'The browser blocked copying. The text is selected: press Ctrl+C (⌘C on a Mac).',
  area: 'Text to copy',
  download: 'Download instead',
} as const

/** What stands where a page would: logged out, not found, away, broken. */
export const stateTexts = {
  unreachable: 'Can’t reach the server',
  unreachableExplain: (host: string) =>
    `No response from ${host}. Retrying every few seconds; running trainings continue without the server.`,
  unreachableCommand: 'lastwords serve',
  stale: (age: string) => `Can’t reach the server. Last updated ${age}; retrying…`,
  failedRefresh: (detail: string) => `Refresh failed: ${detail}`,
  tryAgain: 'Try again',
  loggedOut: 'Log in to Lastwords',
  loggedOutExplain:
    'Enter your token. The admin adds people with “lastwords user add”, or runs this command on the machine that runs Lastwords and opens the URL it prints:',
  loggedOutCommand: 'lastwords url',
  refused: 'The token in that link is not valid. Run the command above for a new link.',
  token: 'Password or token',
  logIn: 'Log in',
  notFound: 'Page not found',
  notFoundExplain:
    'There is no page or run at this address. If it was a run, it may have been deleted.',
  toRuns: 'Back to runs',
  failed: 'Something went wrong',
  requestId: (id: string) => `Request ID ${id}: search for it in the server’s log.`,
  otherVersion: 'The server has another version than this page. Reload the page.',
  crashed: 'This page crashed',
  reload: 'Reload',
} as const
