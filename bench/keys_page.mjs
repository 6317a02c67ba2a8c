// The Keys page in Chromium over an installation that is being served: long tasks, and how soon rows show once their data is there.
// Started by `cargo xtask bench`, which sets ORIGIN, KEY (of a person who signs in), ROUNDS and CHROMIUM; prints JSON.
import { createRequire } from 'node:module';

const { chromium } = createRequire(import.meta.url)('@playwright/test');
const { ORIGIN, KEY, ROUNDS, CHROMIUM } = process.env;
const ROWS = 'table[aria-label="Keys"] tbody tr';

/**
 * Runs in the page before anything else: notes long tasks, the moments at which rows had been painted, and when the page last
 * asked for a list of keys, and not only for their number, and got it.
 */
function watch(rows) {
  const answered = (since) => performance.getEntriesByType('resource')
    .filter(({ name, startTime, responseEnd }) => /\/api_keys\?(.*&)?per_page=(?!1(&|$))/.test(name) && startTime >= since && responseEnd > 0)
    .at(-1)?.responseEnd;
  window.noted = { tasks: [], painted: [], answered };
  const { tasks, painted } = window.noted;
  new PerformanceObserver((list) => {
    tasks.push(...list.getEntries().map(({ startTime, duration }) => ({ start: startTime, duration })));
  }).observe({ type: 'longtask', buffered: true });
  const isRow = (node) => node instanceof Element && (node.matches(rows) || node.querySelector(rows) !== null);
  // A message that is sent while a frame is being made is read once it has been painted.
  const afterPaint = (then) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(null);
  });
  new MutationObserver((changes) => {
    if (changes.some(({ addedNodes }) => [...addedNodes].some(isRow))) {
      afterPaint(() => painted.push(performance.now()));
    }
  }).observe(document, { childList: true, subtree: true });
}

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const signedIn = await browser.newContext({ baseURL: ORIGIN });
const answer = await signedIn.request.post('/api/v2/session', { data: { api_key: KEY }, headers: { origin: ORIGIN, 'sec-fetch-site': 'same-origin' } });
if (answer.status() !== 201) {
  throw new Error(`signing in answered ${answer.status()}`);
}
const storageState = await signedIn.storageState();

/** The processor time of the longest task on a page's main thread: what other programs do meanwhile is not in it. */
function longestTask(trace) {
  const { traceEvents } = JSON.parse(trace.toString('utf8'));
  const main = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(({ name, pid, tid, tdur }) => name.endsWith('::RunTask') && main.has(`${pid} ${tid}`) && tdur !== undefined);
  if (tasks.length === 0) {
    throw new Error('the trace has no tasks');
  }
  return Math.max(...tasks.map(({ tdur }) => tdur)) / 1000;
}

/** What each phase does. The first opens the page; those that show another list say so. */
const PHASES = [
  ['load', true, (page) => page.goto('/keys')],
  ['search', true, (page) => page.getByRole('searchbox').pressSequentially('production', { delay: 30 })],
  ['clear', true, (page) => page.getByRole('searchbox').press('Escape')],
  ['status', true, (page) => page.locator('#status-filter').selectOption({ label: 'Expired' })],
  ['all', true, (page) => page.locator('#status-filter').selectOption({ label: 'All' })],
  ['sort by name', true, (page) => page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click()],
  ['next page', true, (page) => page.getByRole('button', { name: 'Next', exact: true }).click()],
  ['scroll', false, async (page) => {
    await page.mouse.move(640, 500);
    for (const step of [...Array(20).fill(250), ...Array(20).fill(-250)]) {
      await page.mouse.wheel(0, step);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    }
  }],
];

const measured = PHASES.map(([phase]) => ({ phase, shown: [], longest: [], busiest: [] }));
const [warmUp, rounds] = [1, Number(ROUNDS)];
for (let round = 0; round < warmUp + rounds; round += 1) {
  // With nothing cached, as on a first visit.
  const context = await browser.newContext({ baseURL: ORIGIN, storageState, viewport: { width: 1280, height: 860 } });
  await context.addInitScript(watch, ROWS);
  const page = await context.newPage();
  for (const [index, [phase, lists, act]] of PHASES.entries()) {
    const since = phase === 'load' ? 0 : await page.evaluate(() => performance.now());
    await browser.startTracing(page, { categories: ['toplevel'] });
    await act(page);
    if (lists) {
      await page.waitForFunction((from) => window.noted.answered(from) < window.noted.painted.at(-1), since);
    }
    await page.waitForLoadState('networkidle');
    // A long task is told of only when it and the frame behind it are over.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100))));
    const [shown, tasks] = await page.evaluate((from) => {
      const { answered, painted, tasks } = window.noted;
      const arrived = answered(from);
      const shown = painted.find((moment) => moment > arrived) - arrived;
      return [shown, tasks.filter(({ start }) => start >= from).map(({ duration }) => duration)];
    }, since);
    const busiest = longestTask(await browser.stopTracing());
    if (round >= warmUp) {
      measured[index].shown.push(lists ? shown : null);
      measured[index].longest.push(Math.max(0, ...tasks));
      measured[index].busiest.push(busiest);
    }
  }
  await context.close();
}
await browser.close();
console.log(JSON.stringify(measured));
