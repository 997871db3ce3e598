/** Words of the palette and the list of keyboard shortcuts. */

export const paletteTexts = {
  title: 'Go to',
  open: 'Go to…',
  label: 'Search pages, runs and errors',
  results: 'Results',
  nothing: 'No results',
  page: 'page',
  theme: 'theme',
  view: 'saved view',
  only: (status: string) => `${status} runs`,
  runPage: 'Run page',
  compare: 'Compare this run with…',
  compareRuns: 'Compare runs',
} as const

export const themeTexts = {
  title: 'Theme',
  names: { system: 'Same as this device', light: 'Light', dark: 'Dark' },
  use: {
    system: 'Use the colours of this device',
    light: 'Use light colours',
    dark: 'Use dark colours',
  },
} as const

export const densityTexts = {
  title: 'Rows of the list',
  compact: 'Compact',
  comfortable: 'Comfortable',
} as const

export const keyTexts = {
  title: 'Keyboard shortcuts',
  single: 'Single-key shortcuts',
  groups: [
    {
      name: 'Everywhere',
      keys: [
        ['Ctrl K', 'Go to a page or run'],
        ['?', 'Show keyboard shortcuts'],
        ['Ctrl Z', 'Undo what was just done, while the page offers it'],
        ['/', 'Search the list of runs, or find in a log'],
      ],
    },
    {
      name: 'In the list of runs',
      keys: [
        ['j, k', 'Next and previous run'],
        ['Enter', 'Open the run'],
        ['x', 'Select the run (Shift click selects a range)'],
      ],
    },
    {
      name: 'On the page of a run',
      keys: [
        ['s', 'Star the run'],
        ['e', 'Edit name, project, tags and note'],
        ['c', 'Copy a link to the run'],
      ],
    },
    {
      name: 'In a log',
      keys: [
        ['Ctrl F', 'Find in log (press twice for the browser’s find)'],
        ['Enter, Shift Enter', 'Next and previous match'],
        ['n, p', 'Next and previous error'],
        ['g', 'Go to line'],
        ['Home, End', 'First and last line'],
        ['f', 'Start or stop following'],
        ['w, t', 'Wrap lines, show timestamps'],
        ['Ctrl A', 'Select all lines'],
        ['Ctrl C, c', 'Copy the selected lines'],
      ],
    },
  ],
} as const
