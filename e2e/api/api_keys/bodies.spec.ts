import { expectRefusal, expectSuccess, nothingChanges } from '../../support/expectations';
import { expect, test } from '../../support/fixtures';

const PATH = '/api/v2/api_keys';
const JSON_TYPE = { 'content-type': 'application/json' };

for (const [what, body] of [
  ['cut off', '{"name": "x"'],
  ['not JSON', 'name=x'],
  ['followed by more', '{"name":"x"} {}'],
  ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
  ['NaN', '{"name": NaN}'],
  ['nested too deeply', '['.repeat(20_000)],
] as const) {
  test(`a body that is ${what} is refused`, async ({ claviger }) => {
    const request = { method: 'POST', path: PATH, body, headers: JSON_TYPE };
    const answer = await nothingChanges(claviger.database, () => claviger.owner.send(request));
    expectRefusal(answer, 400, 'invalid_json', /JSON/);
  });
}

for (const body of ['[]', '"name"', 'null', '7']) {
  test(`the body ${body} is no object`, async ({ claviger }) => {
    const request = { method: 'POST', path: PATH, body, headers: JSON_TYPE };
    const answer = await nothingChanges(claviger.database, () => claviger.owner.send(request));
    expectRefusal(answer, 400, 'invalid_request');
  });
}

test('no body at all lacks the name', async ({ claviger }) => {
  const answer = await nothingChanges(claviger.database, () => claviger.owner.send({ method: 'POST', path: PATH }));
  expectRefusal(answer, 400, 'invalid_request');
});

for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp', '']) {
  test(`the content type ${JSON.stringify(type)} is refused`, async ({ claviger }) => {
    const request = { method: 'POST', path: PATH, body: '{"name":"x"}', headers: type ? { 'content-type': type } : {} };
    const answer = await nothingChanges(claviger.database, () => claviger.owner.send(request));
    expectRefusal(answer, 415, 'unsupported_media_type', /application\/json/);
  });
}

test('under the reference’s address its examples work as they are written, without a type and as curl sends them; with a cookie nothing but JSON does', async ({ claviger, unique }) => {
  const session = await claviger.session('owner');
  const body = JSON.stringify({ api_key: { name: unique('Api Key Name'), active: true } });
  for (const headers of [{}, { 'content-type': 'application/x-www-form-urlencoded' }]) {
    const request = { method: 'POST', path: `/ga${PATH}`, body, headers };
    expectSuccess(await claviger.owner.send(request));
    for (const client of [session, claviger.owner.with({ cookie: 'other=1' })]) {
      expectRefusal(await nothingChanges(claviger.database, () => client.send(request)), 415, 'unsupported_media_type');
    }
    expectRefusal(await nothingChanges(claviger.database, () => claviger.owner.send({ ...request, body: 'name=x' })), 400, 'invalid_json');
  }
  const other = { method: 'POST', path: `/ga${PATH}`, body, headers: { 'content-type': 'text/plain' } };
  expectRefusal(await nothingChanges(claviger.database, () => claviger.owner.send(other)), 415, 'unsupported_media_type');
});

test('a content type may have parameters and capitals', async ({ claviger, unique }) => {
  const body = JSON.stringify({ name: unique('Typed') });
  const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
  expectSuccess(await claviger.owner.send({ method: 'POST', path: PATH, body, headers }), 201);
});

for (const [what, bytes] of [['64 KB and one', 64 * 1024 + 1], ['10 MB', 10 * 1024 * 1024]] as const) {
  test(`a body of ${what} is refused, whether it says its length or not`, async ({ claviger }) => {
    const body = `{"name":"${'x'.repeat(bytes - 11)}"}`;
    expect(body).toHaveLength(bytes);
    for (const headers of [JSON_TYPE, { ...JSON_TYPE, 'transfer-encoding': 'chunked' }]) {
      const request = { method: 'POST', path: PATH, body, headers };
      const answer = await nothingChanges(claviger.database, () => claviger.owner.send(request));
      expectRefusal(answer, 413, 'body_too_large', /64 KB/);
    }
  });
}

test('a body of 64 KB is read', async ({ claviger }) => {
  const body = `{"name":"${'x'.repeat(64 * 1024 - 11)}"}`;
  const answer = await claviger.owner.send({ method: 'POST', path: PATH, body, headers: JSON_TYPE });
  expectRefusal(answer, 400, 'invalid_request');
});
