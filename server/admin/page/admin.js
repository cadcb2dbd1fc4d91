// The live page of the admin listener. It asks api/ every two seconds, and everything it shows is text, never markup: names of
// users, of endpoints and of browsers are chosen by strangers.

const every = 2000 // ms between two questions
const points = 60 // of a chart: two minutes
const pageSize = 100 // sessions

const $ = (id) => document.getElementById(id)
const storage = 'zwb-admin-token'

// The token comes in the fragment, which no server sees, and leaves the address bar at once. This tab keeps it.
let token = new URLSearchParams(location.hash.slice(1)).get('token')
if (token) {
  sessionStorage.setItem(storage, token)
  history.replaceState(null, '', location.pathname + location.search)
} else {
  token = sessionStorage.getItem(storage)
}

class Refused extends Error {}

async function ask(path, body) {
  const init = { headers: { Authorization: `Bearer ${token}` } }
  if (body !== undefined) Object.assign(init, { method: 'POST', body: JSON.stringify(body) })
  const answer = await fetch(`api/${path}`, init)
  if (answer.status === 401) throw new Refused('this token is not the right one')
  if (!answer.ok) throw new Error((await answer.text()).trim() || answer.statusText)
  return answer.json()
}

// make an element with text or children.
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children.map((c) => (typeof c === 'number' ? String(c) : c)))
  return element
}

const cell = (content, className) => make('td', className ? { class: className } : {}, content)

function number(n) {
  if (n >= 10 || Number.isInteger(n)) return Math.round(n).toLocaleString('en')
  return n.toFixed(1)
}

function bytes(n) {
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (n < 1024 || unit === 'GiB') return `${number(n)} ${unit}`
    n /= 1024
  }
}

function ago(time) {
  const seconds = Math.max(0, (Date.now() - new Date(time)) / 1000)
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86400)} d`
}

// Series of values over time, by name. Counters become rates.
const series = new Map()
const before = new Map()

function note(name, value) {
  const values = series.get(name) ?? []
  values.push(value)
  if (values.length > points) values.shift()
  series.set(name, values)
  return value
}

function rate(name, total, now) {
  const last = before.get(name)
  before.set(name, { total, now, seen: now })
  return last && now > last.now ? Math.max(0, total - last.total) / ((now - last.now) / 1000) : 0
}

// forgetOld keeps what is gone from being remembered.
function forgetOld(now) {
  for (const [name, { seen }] of before) if (now - seen > 5 * every) before.delete(name)
}

const svg = 'http://www.w3.org/2000/svg'

function chart(name, label) {
  const values = series.get(name) ?? []
  const most = Math.max(...values, 1e-9)
  const line = document.createElementNS(svg, 'polyline')
  line.setAttribute('points', values.map((v, i) => `${points - values.length + i},${19 - (v / most) * 18}`).join(' '))
  const picture = document.createElementNS(svg, 'svg')
  picture.setAttribute('viewBox', `0 0 ${points - 1} 20`)
  picture.setAttribute('preserveAspectRatio', 'none')
  picture.setAttribute('role', 'img')
  picture.setAttribute('aria-label', `${label}, at most ${number(most < 1e-6 ? 0 : most)}`)
  picture.append(line)
  return picture
}

function tile(what, text, name) {
  return make('li', { 'data-tile': name }, make('div', { class: 'what' }, what), make('div', { class: 'value' }, text), chart(name, what))
}

function showTiles(stats, endpoints, now) {
  const sum = (key) => endpoints.reduce((all, e) => all + e[key], 0)
  const tiles = [
    tile('connections', number(note('connections', stats.connections)), 'connections'),
    tile('sockets', number(note('sockets', stats.sockets)), 'sockets'),
    tile('messages/s to clients', number(note('out', rate('out', sum('to_clients'), now))), 'out'),
    tile('messages/s from clients', number(note('in', rate('in', sum('from_clients'), now))), 'in'),
    tile('waiting for clients', number(note('queued', stats.queued)), 'queued'),
    tile('held for clients', bytes(note('held', stats.memory_held)), 'held'),
    tile('dropped/s', number(note('dropped', rate('dropped', stats.dropped, now))), 'dropped'),
    tile('denied/s', number(note('denied', rate('denied', stats.denied, now))), 'denied'),
  ]
  $('tiles').replaceChildren(...tiles)
}

function backend(e) {
  if (e.backends === 0) return make('span', { class: 'faint' }, 'not in use')
  const up = e.up > 0
  return make('span', { class: up ? 'up' : 'down', title: e.reason ?? '' }, `${up ? 'up' : 'down'} (${e.up} of ${e.backends})`)
}

// What the publisher's own count says never came, or nothing where it has none.
function missing(sequence) {
  if (!sequence) return '—'
  const restarts = sequence.restarts > 0 ? `, ${number(sequence.restarts)} restarts` : ''
  return number(sequence.missing - sequence.filled) + restarts
}

function showEndpoints(endpoints, now) {
  const total = (counts) => Object.values(counts).reduce((a, b) => a + b, 0)
  const rows = endpoints.map((e) => {
    const out = note(`out ${e.name}`, rate(`out ${e.name}`, e.to_clients, now))
    const into = rate(`in ${e.name}`, e.from_clients, now)
    return make('tr', { 'data-endpoint': e.name }, make('th', { scope: 'row' }, e.name), cell(backend(e)), cell(e.sessions, 'n'),
      cell(`${number(out)}/s`, 'n'), cell(`${number(into)}/s`, 'n'), cell(chart(`out ${e.name}`, `messages to clients of ${e.name}`)),
      cell(number(total(e.requests)), 'n'), cell(number(total(e.refused)), 'n'), cell(missing(e.sequence), 'n'))
  })
  $('endpoints').replaceChildren(...rows)
  const refusals = endpoints.flatMap((e) => e.last_refusals ?? []).sort((a, b) => new Date(b.at) - new Date(a.at)).slice(0, 30)
  $('refusals').replaceChildren(...refusals.map((r) => make('li', {}, `${ago(r.at)} ago `, make('code', {}, r.what), ` ${r.code}: ${r.text}`)))
}

let filter = { user: '', endpoint: '', after: '' }
let details = ''

function showSessions({ sessions, more }, now) {
  $('more').hidden = !more
  $('first').hidden = filter.after === ''
  $('more').dataset.after = sessions.at(-1)?.id ?? ''
  $('disconnect-user').hidden = filter.user === ''
  const held = document.activeElement?.dataset ?? {} // the table is made anew under the keyboard's focus
  $('sessions').replaceChildren(...sessions.map((s) => {
    const show = make('button', { type: 'button', class: 'link mono', 'data-show': s.id }, s.id.slice(0, 8))
    const end = make('button', { type: 'button', class: 'danger', 'data-end': s.id, 'aria-label': `disconnect session ${s.id.slice(0, 8)}` }, 'Disconnect')
    const sockets = s.sockets.map((k) => `${k.type} ${k.endpoints.map((e) => e.endpoint + (e.state === 'up' ? '' : ` (${e.state})`)).join(', ')}`)
    const queued = s.sockets.reduce((all, k) => all + k.queued, 0)
    return make('tr', { 'data-session': s.id }, make('th', { scope: 'row' }, show), cell(s.user || '—'), cell(s.ip), cell(s.state === 'away' ? `${ago(s.since)}, away` : ago(s.since)),
      cell(sockets.join('; ') || '—', 'wide'), cell(number(queued), 'n'), cell(number(s.unacknowledged), 'n'), cell(number(rate(`sent ${s.id}`, s.sent, now)), 'n'),
      cell(number(rate(`got ${s.id}`, s.frames, now)), 'n'), cell(bytes(s.held), 'n'), cell(end))
  }))
  if (held.show) document.querySelector(`[data-show="${held.show}"]`)?.focus()
  if (held.end) document.querySelector(`[data-end="${held.end}"]`)?.focus()
}

function decision(d) {
  const who = [d.user, d.remote].filter(Boolean).join(' at ')
  const what = [d.what, d.bind ? 'bind' : '', d.type, d.endpoint, d.what === 'subscribe' ? JSON.stringify(d.prefix ?? '') : ''].filter(Boolean).join(' ')
  return make('li', {}, `${ago(d.time)} ago `, make('span', { class: d.allowed ? 'allowed' : 'denied' }, d.allowed ? 'allowed' : 'denied'), ' ', make('code', {}, what), ` ${who} ${d.reason ?? ''}`)
}

function showDetails(s) {
  $('details').hidden = false
  $('details-title').textContent = `Session ${s.id}`
  $('details-about').textContent = [s.user || 'nobody in particular', s.login && `token ${s.login}`, s.ip, s.agent, s.origin, s.state, `for ${ago(s.since)}`, `${bytes(s.held)} held`].filter(Boolean).join(' · ')
  $('details-revoke').hidden = $('revoked-section').hidden || s.user === ''
  $('details-revoke-token').hidden = s.login === ''
  Object.assign($('details-revoke').dataset, { user: s.user, token: s.login })
  $('details-sockets').replaceChildren(...s.sockets.map((k) => make('tr', {}, make('th', { scope: 'row' }, k.number), cell(k.type),
    cell(k.endpoints.map((e) => `${e.bind ? 'bind ' : ''}${e.endpoint} ${e.state}${e.reason ? `: ${e.reason}` : ''}`).join('; '), 'wide'),
    cell(k.subscriptions, 'n'), cell(number(k.queued), 'n'), cell(number(k.credit), 'n'), cell(number(k.messages), 'n'))))
  $('details-decisions').replaceChildren(...s.decisions.map(decision))
}

function showRevoked(revocations) {
  const held = document.activeElement?.dataset.lift
  $('revoked').replaceChildren(...revocations.map((r) => {
    const [what, name] = r.user ? ['user', r.user] : ['token', r.token]
    const lift = make('button', { type: 'button', 'data-lift': what, 'data-name': name, 'aria-label': `lift the revocation of ${what} ${name}` }, 'Lift')
    return make('li', {}, `${what} `, make('code', {}, name), ` until ${new Date(r.until).toLocaleString()}${r.reason ? `: ${r.reason}` : ''} `, lift)
  }))
  if (held) document.querySelector(`[data-lift="${held}"]`)?.focus()
}

function showCluster(c) {
  $('cluster-state').textContent = `${c.name}: ${c.nats.up ? `NATS at ${c.nats.server}` : `NATS is away since ${ago(c.nats.since)}: ${c.nats.trouble}`}${c.trouble && c.nats.up ? `; this bridge cannot report: ${c.trouble}` : ''}; ${c.revoked} revoked at all of them`
  $('bridges').replaceChildren(...c.bridges.map((b) => {
    const all = (way) => `${number(b.endpoints.reduce((sum, e) => sum + e[way], 0))}/s`
    return make('tr', { 'data-bridge': b.id }, make('th', { scope: 'row', class: 'mono' }, b.id.slice(0, 8)), cell(b.host), cell(b.version), cell(ago(b.started)), cell(b.sessions, 'n'), cell(b.sockets, 'n'),
      cell(all('to_clients'), 'n'), cell(all('from_clients'), 'n'), cell([b.id === c.bridge ? 'this one' : '', b.draining ? 'shutting down' : ''].filter(Boolean).join(', ')))
  }))
}

async function update() {
  const query = new URLSearchParams({ most: pageSize, ...Object.fromEntries(Object.entries(filter).filter(([, v]) => v)) })
  const [stats, { endpoints }, sessions, { revocations }, { decisions }] = await Promise.all([
    ask('stats'), ask('endpoints'), ask(`sessions?${query}`), ask('revocations'), ask(`decisions${$('denied-only').checked ? '?denied=1' : ''}`)])
  const now = performance.now()
  $('version').textContent = `version ${stats.version}${stats.draining ? ', shutting down' : ''}`
  $('explain-section').hidden = !stats.explains
  $('revoked-section').hidden = !stats.revokes
  $('cluster-section').hidden = !stats.cluster
  if (stats.cluster) showCluster(await ask('cluster'))
  showRevoked(revocations)
  showTiles(stats, endpoints, now)
  showEndpoints(endpoints, now)
  showSessions(sessions, now)
  $('decisions').replaceChildren(...decisions.map(decision))
  forgetOld(now)
  if (details !== '') await ask(`sessions/${details}`).then(showDetails, () => { $('details-about').textContent = 'This session has ended.' })
}

let timer
async function run() {
  clearTimeout(timer)
  if (!token) return login('')
  try {
    await update()
    $('login').hidden = true
    $('live').hidden = false
    $('state').textContent = 'live'
  } catch (error) {
    if (error instanceof Refused) return login(error.message)
    $('state').textContent = `the bridge does not answer: ${error.message}`
  }
  timer = setTimeout(run, every)
}

function login(why) {
  sessionStorage.removeItem(storage)
  token = null
  $('live').hidden = true
  $('login').hidden = false
  $('state').textContent = why || 'a token is needed'
}

const submit = (id, then) => $(id).addEventListener('submit', (event) => { event.preventDefault(); then() })

submit('login', () => {
  token = $('token').value.trim()
  sessionStorage.setItem(storage, token)
  $('token').value = ''
  run()
})

submit('filter', () => { filter = { user: $('filter-user').value, endpoint: $('filter-endpoint').value, after: '' }; run() })
$('more').addEventListener('click', () => { filter.after = $('more').dataset.after; run() })
$('first').addEventListener('click', () => { filter.after = ''; run() })
$('denied-only').addEventListener('change', run)
$('details-close').addEventListener('click', () => { details = ''; $('details').hidden = true })

async function end(path, what) {
  if (!confirm(`Disconnect ${what}? The client does not come back by itself.`)) return
  try {
    const { ended, bridges = [], silent = [] } = await ask(path, {})
    const not = [...silent, ...bridges.filter((b) => b.refused)].map((b) => b.host || b.bridge.slice(0, 8))
    $('ended').textContent = `${ended} sessions ended${not.length ? `; these bridges did not answer, and what they have may go on: ${not.join(', ')}` : ''}`
  } catch (error) {
    $('ended').textContent = error.message
  }
  run()
}

$('sessions').addEventListener('click', (event) => {
  const { show, end: id } = event.target.dataset
  if (show) { details = show; run() }
  if (id) end(`sessions/${id}/disconnect`, `session ${id}`)
})
$('disconnect-user').addEventListener('click', () => end(`users/${encodeURIComponent(filter.user)}/disconnect`, `all sessions of ${filter.user}`))

// What is to be revoked is filled in; how long, and whether at all, is still to be said.
function prepare(what, name) {
  $('revoke-what').value = what
  $('revoke-name').value = name
  $('revoke-for').focus()
}
$('details-revoke-user').addEventListener('click', () => prepare('user', $('details-revoke').dataset.user))
$('details-revoke-token').addEventListener('click', () => prepare('token', $('details-revoke').dataset.token))

async function revocation(path, body, then) {
  try {
    const { ended, unkept, unsent } = await ask(path, body)
    $('revoke-answer').textContent = unkept ?? unsent ?? (ended === undefined ? then : `${then}; ${ended} sessions ended`)
  } catch (error) {
    $('revoke-answer').textContent = error.message
  }
  run()
}

submit('revoke', () => {
  const what = $('revoke-what').value
  const name = $('revoke-name').value
  revocation('revocations', { [what]: name, for: $('revoke-for').value, reason: $('revoke-reason').value }, `${what} ${name} is revoked`)
})
$('revoked').addEventListener('click', (event) => {
  const { lift: what, name } = event.target.dataset
  if (what) revocation('revocations/lift', { [what]: name }, `${what} ${name} is let in again`)
})

for (const type of ['SUB', 'REQ', 'REP', 'PUB', 'PUSH', 'PULL', 'DEALER', 'ROUTER', 'PAIR', 'XPUB', 'XSUB']) $('explain-type').append(make('option', {}, type))

submit('explain', async () => {
  const question = { user: $('explain-user').value, type: $('explain-type').value, endpoint: $('explain-endpoint').value }
  const answer = $('explain-answer')
  $('explain-steps').replaceChildren()
  try {
    if ($('explain-claims').value.trim()) question.claims = JSON.parse($('explain-claims').value)
    if (['SUB', 'XSUB'].includes(question.type) || $('explain-prefix').value) question.prefix = $('explain-prefix').value
    const { allowed, steps } = await ask('explain', question)
    answer.textContent = allowed ? 'allowed' : 'denied'
    answer.className = answer.textContent
    $('explain-steps').replaceChildren(...steps.map((s) => make('li', {}, make('code', {}, s.about), ` ${s.entry ? `${s.entry}: ` : ''}${s.text}`)))
  } catch (error) {
    answer.textContent = error.message
    answer.className = 'denied'
  }
})

run()
