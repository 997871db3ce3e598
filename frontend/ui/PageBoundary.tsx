import { Component, type ReactNode } from 'react'
import { Panel } from './States.tsx'
import { texts } from './texts.ts'

type State = { error: Error | null }

/** A page that breaks says so and why, instead of leaving a blank window. */
export class PageBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(error: Error): State {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <Panel title={texts.states.crashed} alert>
        <p className="mono">{String(error)}</p>
        <button type="button" className="btn" onClick={() => location.reload()}>
          {texts.states.reload}
        </button>
      </Panel>
    )
  }
}
