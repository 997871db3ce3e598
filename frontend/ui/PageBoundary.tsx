import { Component, type ReactNode } from 'react'
import { stateTexts } from '~/texts/common.ts'
import { Panel } from './States.tsx'

type State = { error: Error | null }

/** Shows what broke a page, instead of leaving a blank window. */
export class PageBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(error: Error): State {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <Panel title={stateTexts.crashed} alert>
        <p className="mono">{String(error)}</p>
        <button type="button" className="btn" onClick={() => location.reload()}>
          {stateTexts.reload}
        </button>
      </Panel>
    )
  }
}
