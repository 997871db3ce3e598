import { usePreference } from './preference.ts'

/** Whether rows of the list have room around them; without it more of them are in view. */
export const useComfortable = () => usePreference('comfortable', false)
