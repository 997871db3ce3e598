import { Route, Switch } from 'wouter'
import { LogPage } from './log/LogPage.tsx'
import { RunPage } from './runs/RunPage.tsx'
import { RunsPage } from './runs/RunsPage.tsx'
import { LaterPage, useLaterPages } from './ui/LaterPage.tsx'
import { Layout } from './ui/Layout.tsx'
import { PageBoundary } from './ui/PageBoundary.tsx'
import { NotFound } from './ui/States.tsx'

/** Every page and its address; the addresses are built in paths.ts. */
export function App() {
  useLaterPages()
  return (
    <Layout>
      <PageBoundary>
        <Switch>
          <Route path="/" component={RunsPage} />
          <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={id} />}</Route>
          <Route path="/runs/:id/log">{({ id }) => <LogPage key={id} id={id} />}</Route>
          <Route path="/compare">
            <LaterPage name="ComparePage" />
          </Route>
          <Route path="/errors">
            <LaterPage name="ErrorsPage" />
          </Route>
          <Route path="/new">
            <LaterPage name="StartPage" />
          </Route>
          <Route path="/system/:part?">
            <LaterPage name="SystemPage" />
          </Route>
          <Route component={NotFound} />
        </Switch>
      </PageBoundary>
    </Layout>
  )
}
