/** The pages that are loaded after the first one was shown, as one file. */
export { ComparePage } from './compare/ComparePage.tsx'
export { ErrorsPage } from './errors/ErrorsPage.tsx'
export { LogPage } from './log/LogPage.tsx'
export { StartPage } from './start/StartPage.tsx'
export { SystemPage } from './system/SystemPage.tsx'
