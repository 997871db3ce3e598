import { Route, Switch } from 'wouter'
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
          <Route path="/runs/:id/log">
            {({ id }) => <LaterPage>{({ LogPage }) => <LogPage key={id} id={id} />}</LaterPage>}
          </Route>
          <Route path="/compare">
            <LaterPage>{({ ComparePage }) => <ComparePage />}</LaterPage>
          </Route>
          <Route path="/errors">
            <LaterPage>{({ ErrorsPage }) => <ErrorsPage />}</LaterPage>
          </Route>
          <Route path="/new">
            <LaterPage>{({ StartPage }) => <StartPage />}</LaterPage>
          </Route>
          <Route path="/system/:part?">
            <LaterPage>{({ SystemPage }) => <SystemPage />}</LaterPage>
          </Route>
          <Route component={NotFound} />
        </Switch>
      </PageBoundary>
    </Layout>
  )
}
