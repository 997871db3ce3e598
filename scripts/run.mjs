// What `npm start`, `npm test` and the other commands do: set up what is missing, then the work.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import * as setup from './setup.mjs'

const { root, say, venv } = setup
const bin = (name) => join(root, 'node_modules', '.bin', name)

const commands = {
  ...{ start, test, dev, check, e2e, bench, types, audit },
  ...{ engines, 'third-party': thirdParty, package: makePackage },
}

/** Runs a program in the foreground; signals go on to it, and its end is the answer. */
function run(command, args, env = {}) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    })
    const pass = (signal) => child.kill(signal)
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, pass)
    child.on('error', failed)
    child.on('close', (code, signal) => {
      for (const name of signals) process.off(name, pass)
      done(code ?? 128 + constants.signals[signal])
    })
  })
}

async function start(args) {
  await setUp()
  const rest = args.filter((arg) => arg !== '--no-demo')
  const command = rest.length < args.length ? 'serve' : 'demo'
  say('Starting the server')
  return run(venv('lastwords'), [command, ...rest])
}

async function dev(args) {
  await setup.setUpPython()
  await setup.setUpNode()
  const port = process.env.LASTWORDS_DEV_PORT ?? '8420'
  const server = run(venv('lastwords'), ['serve', '--port', port, ...args])
  const page = run(bin('vite'), [], { LASTWORDS_DEV_PORT: port })
  return (await Promise.all([server, page])).find((code) => code !== 0) ?? 0
}

const STYLE = [
  ['Python style', venv('ruff'), ['check']],
  ['Python format', venv('ruff'), ['format', '--check', '-q']],
  ['Python types', venv('mypy'), []],
  ['Weaknesses of the code', venv('python'), ['scripts/audit.py', '--code']],
]
const PAGE = ['Page: types, style, dead code, unit tests', 'npm', ['run', '--silent', 'check:frontend']]
const ALONE = ['--last-failed', '--last-failed-no-failures=none', '-n', '0', '--maxfail', '3', '-rA']
const PYTEST = ['-q', '-n', '3', '--dist', 'worksteal']
const APART = ['--ignore=tests/third_party', '--ignore=tests/engines']
const PYTHON_TESTS = ['tests', ...APART, ...PYTEST]
const ENGINES = ['tests/engines', '-q', '-n', '2', '-rs']
const THIRD_PARTY = ['tests/third_party', '-q', '-n', '2', '--dist', 'worksteal']
const E2E = ['e2e', '-q', '-n', '2', '--dist', 'loadfile']
// What starts no process and no server.
const QUICK = [
  ...['test_architecture.py', 'test_docs.py', 'test_types.py', 'test_config.py', 'test_spec.py'],
  ...['test_records.py', 'folders', 'logs', 'measurements', 'store', 'diagnosis/test_parts.py'],
  ...['diagnosis/test_shapes.py', 'diagnosis/test_pasted_logs.py'],
].map((path) => `tests/${path}`)

async function setUp() {
  await setup.setUpPython()
  await setup.setUpNode()
  await setup.buildPage()
}

/** The quick loop: style, types, dead code, and the tests that start no process. */
async function check(args) {
  await setUp()
  const quick = ['Quick Python tests', venv('pytest'), [...QUICK, ...PYTEST, ...args]]
  const ended = await Promise.all([all([PAGE]), all([...STYLE, quick])])
  return Math.max(...ended)
}

/**
 * Tests beside one another, then those that failed once more alone: a fault fails again, and a race
 * that a busy machine lost is told apart from it. Both times are printed; neither hides the other.
 */
async function pytest(args, env = {}) {
  const code = await run(venv('pytest'), args, env)
  if (code !== 1) return code
  say('Failed above: once more, alone')
  return run(venv('pytest'), [...args, ...ALONE], env)
}

async function e2e(args) {
  await setUp()
  const browser = await setup.setUpBrowsers()
  return pytest([...E2E, ...args], { LASTWORDS_CHROMIUM: browser })
}

/** Other people's programs under `lastwords run`, installed first; none may be missing. */
async function thirdParty(args) {
  await setUp()
  await setup.setUpThirdParty()
  say('Third-party programs')
  return pytest([...THIRD_PARTY, ...args], { LASTWORDS_THIRD_PARTY: 'required' })
}

/** Runs on real engines of clusters; one that is not installed is skipped by name, or fails. */
async function engines(args) {
  await setUp()
  await setup.setUpRay()
  say('Engines')
  return pytest([...ENGINES, ...args])
}

/**
 * Everything, in a real browser too. A file's tests share their server, and mostly wait. Of
 * third-party programs, those that `npm run third-party` installed; in CI all.
 */
async function test(args) {
  await setUp()
  const style = await Promise.all([all(STYLE), all([PAGE])])
  const required = process.env.LASTWORDS_THIRD_PARTY === 'required'
  const wanted = process.env.LASTWORDS_ENGINES === 'required' || process.env.CI
  const needed = [required && setup.setUpThirdParty(), wanted && setup.setUpRay()]
  const installs = Promise.allSettled(needed) // what fails is tried again where it is used
  say('Python tests')
  const first = Math.max(...style, await pytest([...PYTHON_TESTS, ...args]))
  await installs
  if (!required) say('Third-party programs')
  const second = await (required ? thirdParty(args) : pytest([...THIRD_PARTY, ...args]))
  if (!wanted) say('Skipped: engines (Slurm, Ray); LASTWORDS_ENGINES=required or npm run engines runs them')
  const third = wanted ? await engines(args) : 0
  return (await e2e(args)) || third || second || first
}

/** Every figure of docs/bench.md, each as a ratio against its rival. */
async function bench(args) {
  await setUp()
  return run(venv('python'), ['-m', 'bench', ...args])
}

/** Known weaknesses of our code and of the packages it stands on. */
async function audit(args) {
  await setup.setUpPython()
  return run(venv('python'), ['scripts/audit.py', ...args])
}

/** Wheel and sdist in dist/, the page inside. */
async function makePackage(args) {
  await setUp()
  return run(venv('python'), ['-m', 'build', '--no-isolation', '--outdir', 'dist', ...args])
}

/** TypeScript types from the OpenAPI document. */
async function types() {
  await setup.setUpPython()
  await setup.setUpNode()
  const made = join(root, 'frontend/api/types.ts')
  return run(venv('python'), ['scripts/make_types.py', made])
}

/** Runs every step, whatever the others say, and fails if one did. */
async function all(steps) {
  const failed = []
  for (const [what, command, args] of steps) {
    say(what)
    if (await run(command, args)) failed.push(what)
  }
  if (failed.length) say(`Failed: ${failed.join('; ')}`)
  return failed.length ? 1 : 0
}

const [name, ...args] = process.argv.slice(2)
if (!Object.hasOwn(commands, name ?? '')) {
  console.error(`usage: node scripts/run.mjs ${Object.keys(commands).join(' | ')}`)
  process.exit(2)
}
try {
  process.exitCode = await commands[name](args)
} catch (error) {
  console.error(error instanceof setup.SetupError ? error.message : error)
  process.exitCode = 1
}
