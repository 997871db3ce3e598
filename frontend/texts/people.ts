/** Words on who is logged in, and on read-only links. */
import { plural } from '~/ui/format.ts'

export const peopleTexts = {
  loggedInAs: (who: string) => `Logged in as ${who}`,
  byLink: 'read-only link',
  share: 'Share…',
  shareTitle: 'Share this run',
  shareExplain:
    'Whoever opens the link sees this run and nothing else, read-only, with secrets masked. No login needed.',
  days: 'Valid for',
  forDays: (days: number) => plural(days, 'day'),
  makeLink: 'Create link',
  link: 'Link',
  copyLink: 'Copy link',
  links: 'Links to this run',
  until: (moment: string, by: string) => `Valid until ${moment}, created by ${by}`,
  revoke: 'Revoke',
  revokeNamed: (moment: string) => `Revoke the link valid until ${moment}`,
  viewer: 'You can view runs, but not start or change them.',
} as const

/** Words of the list of people, which admins see. */
export const membersTexts = {
  title: 'People',
  explain: 'Each person has a role and a token to log in with.',
  none: 'Nobody yet. The server’s own token is admin.',
  columns: { name: 'Name', role: 'Role', added: 'Added' },
  roles: {
    viewer: 'Viewer: sees runs',
    operator: 'Operator: starts, stops and labels runs, too',
    admin: 'Admin: everything',
  },
  roleNames: { viewer: 'Viewer', operator: 'Operator', admin: 'Admin' },
  add: 'Add person',
  token: 'Login link',
  shownOnce: (name: string) => `Send ${name} this login link. It is shown only now.`,
  copy: 'Copy link',
  remove: 'Remove',
  removeNamed: (name: string) => `Remove ${name}`,
  removeTitle: (name: string) => `Remove ${name}?`,
  removeExplain: 'Their token and logins end at once. Their runs and notes keep the name.',
  keep: 'Cancel',
  roleOf: (name: string) => `Role of ${name}`,
  changed: (name: string, role: string) => `${name} is now ${role}.`,
  removed: (name: string) => `Removed ${name}.`,
} as const
