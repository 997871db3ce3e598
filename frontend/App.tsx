import { Route, Switch } from 'wouter'
import { ErrorsPage } from './errors/ErrorsPage.tsx'
import { LogPage } from './log/LogPage.tsx'
import { RunPage } from './runs/RunPage.tsx'
import { RunsPage } from './runs/RunsPage.tsx'
import { StartPage } from './start/StartPage.tsx'
import { SystemPage } from './system/SystemPage.tsx'
import { Layout } from './ui/Layout.tsx'
import { PageBoundary } from './ui/PageBoundary.tsx'
import { NotFound } from './ui/States.tsx'

/** Every page and its address; the addresses are built in paths.ts. */
export function App() {
  return (
    <Layout>
      <PageBoundary>
        <Switch>
          <Route path="/" component={RunsPage} />
          <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={id} />}</Route>
          <Route path="/runs/:id/log">{({ id }) => <LogPage key={id} id={id} />}</Route>
          <Route path="/errors" component={ErrorsPage} />
          <Route path="/new" component={StartPage} />
          <Route path="/system" component={SystemPage} />
          <Route component={NotFound} />
        </Switch>
      </PageBoundary>
    </Layout>
  )
}
