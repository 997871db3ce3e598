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
