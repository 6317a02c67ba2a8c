// Verification against its peers: the same load tool, the same number of connections, one subject after the other in each
// round, and ratios of medians. Called by `cargo xtask bench --only verify`, which reads the JSON that this writes.
import { spawn, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { claviger as release, module, ROOT, serve } from '../workerd.mjs';

const HERE = join(ROOT, 'bench/verify');
const { STATE, VERIFIER, KEYS, FOLDER, WRK } = process.env;
const [ROUNDS, SECONDS] = [Number(process.env.ROUNDS), Number(process.env.SECONDS)];
const keys = readFileSync(KEYS, 'utf8').trim().split('\n');

function bundled(name) {
  const out = join(FOLDER, `${name}.js`);
  execFileSync(join(ROOT, 'node_modules/.bin/esbuild'), [join(HERE, 'subjects', `${name}.js`), '--bundle', '--format=esm', `--outfile=${out}`, '--log-level=warning']);
  return [module(out)];
}

/** Serves a Worker by workerd itself, on a copy of the database; answers its port, the process that serves, and its end. */
async function worker(options) {
  const state = join(FOLDER, `state-${options.name}`);
  cpSync(STATE, state, { recursive: true });
  const before = new Set(workerds());
  const served = await serve([options], state);
  const pid = workerds().find((id) => !before.has(id));
  return { name: options.name, pid, ...served };
}

function workerds() {
  const listed = execFileSync('ps', ['-eo', 'pid=,comm='], { encoding: 'utf8' });
  return listed.split('\n').filter((line) => line.includes('workerd')).map((line) => Number.parseInt(line, 10));
}

/** Seconds of processor time that a process has taken. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function garbage(key) {
  const last = key.at(-1) === '0' ? '1' : '0';
  return key.slice(0, -1) + last;
}

/** What wrk sends: one body, or a random one of many. */
function script(name, texts) {
  const lua = join(FOLDER, `${name}.lua`);
  writeFileSync(join(FOLDER, `${name}.keys`), texts.join('\n'));
  writeFileSync(lua, `
local keys = {}
for line in io.lines("${join(FOLDER, `${name}.keys`)}") do keys[#keys + 1] = line end
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer ${VERIFIER}"
wrk.headers["Content-Type"] = "application/json"
math.randomseed(7)
request = function()
  return wrk.format(nil, "/v1/verify", nil, '{"key":"' .. keys[math.random(#keys)] .. '"}')
end
local failed = 0
response = function(status, headers, body)
  if status ~= 200 then failed = failed + 1 end
end
done = function(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d\\n", summary.requests, summary.duration, summary.errors.status + summary.errors.read + summary.errors.timeout, latency:percentile(99)))
end
`);
  return lua;
}

/** Requests a second, processor time for each in ms, and errors. */
async function load(subject, lua, connections, seconds) {
  const before = cpu(subject.pid);
  const said = await new Promise((resolve, reject) => {
    const child = spawn(WRK, ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--latency', '-s', lua, `http://127.0.0.1:${subject.port}/`]);
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
  const [, requests, micros, errors, p99] = /RESULT (\d+) (\d+) (\d+) (\d+)/.exec(said).map(Number);
  return { rate: (requests * 1e6) / micros, cpu: ((cpu(subject.pid) - before) * 1000) / requests, errors, p99: p99 / 1000 };
}

const median = (all) => all.toSorted((one, other) => one - other)[Math.floor(all.length / 2)];

async function main() {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const hono = bundled('hono');
  const claviger = await worker(release('claviger'));
  const constant = await worker({ name: 'constant', modules: [module(join(HERE, 'subjects/constant.js'))] });
  const cached = await worker({ name: 'hono-map', modules: hono, bindings: { CACHE: '1' } });
  const uncached = await worker({ name: 'hono-d1', modules: hono, bindings: { CACHE: '0' } });
  const node = spawn(process.execPath, [join(HERE, 'subjects/better_auth.mjs'), join(FOLDER, 'better_auth.sqlite')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { port, key } = JSON.parse(await new Promise((resolve) => node.stdout.once('data', (chunk) => resolve(String(chunk)))));
  const betterAuth = { name: 'better-auth', port, pid: node.pid, end: () => node.kill() };

  const hot = script('hot', [keys[0]]);
  const many = script('many', keys);
  const bad = script('bad', [garbage(keys[0])]);
  const theirs = script('theirs', [key]);
  /** Case, ours, theirs, and what the ratio of rates should be at least. */
  const cases = [
    ['verify, hot key', [claviger, hot], [constant, hot], 0.8],
    ['verify, hot key', [claviger, hot], [cached, hot], 1],
    ['verify, hot key', [claviger, hot], [betterAuth, theirs], 3],
    ['verify, 10,000 keys uniform', [claviger, many], [uncached, many], 3],
    ['garbage (bad checksum)', [claviger, bad], [constant, bad], 0.85],
  ];
  const results = [];
  for (const connections of [1, 16]) {
    for (const [what, ours, other, goal] of cases) {
      const figures = { ours: [], other: [] };
      // The first round warms both up.
      for (let round = 0; round <= ROUNDS; round += 1) {
        const [one, two] = [await load(...ours, connections, SECONDS), await load(...other, connections, SECONDS)];
        if (round > 0) {
          figures.ours.push(one);
          figures.other.push(two);
        }
      }
      const of = (side, name) => median(figures[side].map((one) => one[name]));
      const rates = figures.ours.map((one, round) => one.rate / figures.other[round].rate);
      results.push({
        what, against: other[0].name, connections, goal, ratio: median(rates), least: Math.min(...rates), most: Math.max(...rates),
        rate: [of('ours', 'rate'), of('other', 'rate')], cpu: [of('ours', 'cpu'), of('other', 'cpu')], p99: [of('ours', 'p99'), of('other', 'p99')],
        errors: figures.ours.concat(figures.other).reduce((sum, one) => sum + one.errors, 0),
      });
      process.stderr.write(`${what} against ${other[0].name}, ${connections}: ${median(rates).toFixed(2)}\n`);
    }
  }
  // Not printed: what the Workers log is.
  writeFileSync(process.env.OUT, JSON.stringify(results));
  for (const subject of [claviger, constant, cached, uncached, betterAuth]) {
    await subject.end();
  }
}

await main();
