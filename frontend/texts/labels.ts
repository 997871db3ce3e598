/** Words on what people call a run. */
import { plural } from '~/ui/format.ts'

export const labelTexts = {
  title: 'Edit labels',
  edit: 'Edit labels',
  name: 'Name',
  project: 'Project',
  tags: 'Tags',
  tagsHint: 'Separated by commas',
  note: 'Note',
  noteBy: (who: string) => `Note by ${who}`,
  save: 'Save',
  star: 'Star',
  starred: 'Starred',
  ofProject: (project: string) => `Show all runs of project ${project}`,
  withTag: (tag: string) => `Show all runs tagged ${tag}`,
  bulk: (count: number) => `Tag ${count}`,
  bulkTitle: (count: number) => `Tag ${plural(count, 'run')}`,
  add: 'Tags to add',
  remove: 'Tags to remove',
  setProject: 'Project (empty: unchanged)',
} as const
