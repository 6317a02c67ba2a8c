import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Client } from '../../support/client';
import { expectSuccess } from '../../support/expectations';
import { expect, test } from '../../support/fixtures';
import { ROOT } from '../../support/paths';

const PATH = '/api/v2/api_keys';

async function found(client: Client, part: string, more = ''): Promise<string[]> {
  const answer = await client.get(`${PATH}?name_contains=${encodeURIComponent(part)}&per_page=1000${more}`);
  return expectSuccess(answer).map((key: { name: string }) => key.name);
}

test('a search finds any part of any name, whatever characters it has', async ({ claviger, unique }) => {
  test.slow();
  const mark = unique('S');
  const names = [
    `say "hello" AND "" ${mark}`, `a"b"c ${mark}`, `NOT * (x) ^ {y} : + - ${mark}`, `ÜBERGRÖẞE ÄÖÜ ${mark}`, `日本語のキー ${mark}`,
    `👩‍👩‍👧 family ${mark}`, `100%_\\ ${mark}`, `aaaaaaaaaaaa ${mark}`, `aaa bbb aaa ${mark}`, `x ${'long '.repeat(16).trim()} ${mark}`,
  ];
  for (const name of names) {
    await claviger.made({ name });
  }
  for (const name of names) {
    const characters = [...name];
    for (const length of [2, 3, 5, 9, 16]) {
      for (const start of [0, 3, Math.max(0, characters.length - length)]) {
        const part = characters.slice(start, start + length).join('');
        // An empty one is none, and white space alone might be trimmed by somebody on the way.
        if (part.trim()) {
          const expected = names.filter((other) => other.toLowerCase().includes(part.toLowerCase())).toSorted();
          const order = start === 0 ? 'name' : '-id';
          const hits = await found(claviger.owner, part.toUpperCase(), `&after=&order_by=${order}`);
          expect(hits.filter((hit) => hit.endsWith(mark)).toSorted(), `${part} in ${name}`).toEqual(expected);
        }
      }
    }
  }
});

test('a part whose characters are all there, but not in a row, is not found', async ({ claviger, unique }) => {
  const name = unique('abcxyz xyzabc');
  await claviger.made({ name });
  expect(await found(claviger.owner, 'xyzabc')).toContain(name);
  expect(await found(claviger.owner, 'abcabc')).toEqual([]);
});

for (const part of ['"""', 'a" OR "b', '" AND NOT "', 'x\u0000yz', 'abc\u0000', '***', 'NEAR(a b)', '{name}: abc', '%%%', "' OR 1=1 --"]) {
  test(`${JSON.stringify(part)} is a text like any other`, async ({ claviger }) => {
    // Other tests may have made keys with it in their names: exactly those are found.
    const names = claviger.database.rows('SELECT name FROM api_keys WHERE organization_id = 1').map(({ name }) => String(name));
    const expected = names.filter((name) => name.toLowerCase().includes(part.toLowerCase())).toSorted();
    for (const order of ['-id', 'name']) {
      expect((await found(claviger.owner, part, `&after=&order_by=${order}`)).toSorted()).toEqual(expected);
    }
  });
}

test('a search follows when a key is made, renamed and deleted', async ({ claviger, unique }) => {
  const [old, renamed] = [unique('Before renaming'), unique('Afterwards')];
  const { id } = await claviger.made({ name: old });
  expect(await found(claviger.owner, old)).toEqual([old]);
  expectSuccess(await claviger.owner.send({ method: 'PATCH', path: `${PATH}/${id}`, body: JSON.stringify({ name: renamed }), headers: { 'content-type': 'application/json' } }));
  expect(await found(claviger.owner, old)).toEqual([]);
  expect(await found(claviger.owner, renamed)).toEqual([renamed]);
  expect(await found(claviger.foreignAdmin, renamed), 'another organization').toEqual([]);
  await claviger.owner.send({ method: 'DELETE', path: `${PATH}/${id}` });
  expect(await found(claviger.owner, renamed)).toEqual([]);
  expect(claviger.database.count('key_names')).toBe(claviger.database.count('api_keys'));
});

test('what makes the index anew is what made it', () => {
  const read = (file: string) => readFileSync(join(ROOT, 'worker', file), 'utf8');
  const made = read('migrations/0003_lists.sql');
  const anew = read('search/make.sql');
  expect(anew.slice(anew.indexOf('CREATE'))).toBe(made.slice(made.indexOf('CREATE VIRTUAL TABLE')));
  for (const [, kind, name] of anew.matchAll(/^CREATE (?:VIRTUAL )?(TRIGGER|TABLE) (\w+)/gm)) {
    expect(read('search/drop.sql')).toContain(`DROP ${kind} IF EXISTS ${name};`);
  }
});
