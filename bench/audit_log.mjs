// "Verify chain" in Chromium over an installation that is being served: how long it takes, and long tasks meanwhile. Started by
// `cargo xtask bench`, which sets ORIGIN, KEY (of a person who signs in), ROUNDS, RECORDS and CHROMIUM; prints JSON.
import { createRequire } from 'node:module';

const { chromium } = createRequire(import.meta.url)('@playwright/test');
const { ORIGIN, KEY, ROUNDS, RECORDS, CHROMIUM } = process.env;

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ baseURL: ORIGIN, viewport: { width: 1280, height: 860 } });
const answer = await context.request.post('/api/v2/session', { data: { api_key: KEY }, headers: { origin: ORIGIN, 'sec-fetch-site': 'same-origin' } });
if (answer.status() !== 201) {
  throw new Error(`signing in answered ${answer.status()}`);
}

/** Some thousand records are sealed in a run of the schedule. */
async function seal() {
  for (let run = 0; run < 200; run += 1) {
    await fetch(`${ORIGIN}/cdn-cgi/local/scheduled`);
    const { data } = await (await context.request.get(`/api/v2/audit_log/verify?per_page=1&after=${RECORDS}`)).json();
    if (data.waiting === 0 && data.sealed >= Number(RECORDS)) {
      return;
    }
  }
  throw new Error('the log was not sealed');
}

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

await seal();
const measured = { seconds: [], longest: [], busiest: [] };
for (let round = 0; round < Number(ROUNDS); round += 1) {
  const page = await context.newPage();
  await page.goto('/audit-log');
  await page.waitForLoadState('networkidle');
  await page.evaluate(() => {
    window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
  });
  await browser.startTracing(page, { categories: ['toplevel'] });
  const started = performance.now();
  await page.getByRole('button', { name: 'Verify chain' }).click();
  const result = page.locator('#verify-result');
  await result.waitFor({ timeout: 120_000 });
  const seconds = (performance.now() - started) / 1000;
  const busiest = longestTask(await browser.stopTracing());
  const said = await result.textContent();
  if (!said.includes('records are as they were sealed')) {
    throw new Error(`the page said: ${said}`);
  }
  // A long task is told of only when it and the frame behind it are over.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100))));
  measured.seconds.push(seconds);
  measured.longest.push(Math.max(0, ...(await page.evaluate(() => window.tasks))));
  measured.busiest.push(busiest);
  await page.close();
}
await browser.close();
console.log(JSON.stringify(measured));
