import { expectSuccess } from './expectations';
import type { Claviger, Holder } from './fixtures';
import { ISOLATES, sleep, type Isolate } from './lab';

/** No VALID for a request that came more than this after the revoke committed. */
export const S = 5_000;

export type Seen = { key: number; isolate: Isolate; sent: number; code: string };
export type Witnessed = {
  /** VALID to a request that was sent more than S after the revoke committed. */
  late: Seen[];
  /** VALID after the commit, within S: memory answered, so there was something to bound. */
  window: Seen[];
  /** Of how many keys each isolate was asked after their time. */
  asked: Record<Isolate, number>;
};

/** Who makes keys and who asks about them. A verifier of the system organization never reads replicas, one of a tenant does. */
export type Cast = { administrator: Holder; verifier: Holder };
export const SYSTEM: Cast = { administrator: 'owner', verifier: 'verifier' };
export const TENANT: Cast = { administrator: 'foreignAdmin', verifier: 'foreignVerifier' };

/**
 * Revokes keys one after the other while both isolates are asked about all of them, until each is past its time.
 * `committed` is when the answer of the revoke was there: not before the commit. `prepare` runs when the keys are there.
 */
export async function witnessRevokes(claviger: Claviger, cast: Cast, count: number, prepare = async () => {}): Promise<Witnessed> {
  const administrator = claviger.holderOf(cast.administrator);
  const keys: { id: number; api_key: string }[] = [];
  for (let n = 0; n < count; n += 1) {
    keys.push(await claviger.made({ name: `Ends under load ${n}` }, administrator));
  }
  await prepare();
  const seen: Seen[] = [];
  const committed = new Map<number, number>();
  let done = false;
  const load = ISOLATES.flatMap((isolate) => [0, Math.floor(count / 2)].map(async (start) => {
    for (let turn = start; !done; turn += 1) {
      const key = keys[turn % keys.length]!;
      const sent = Date.now();
      const answer = await claviger.holderOf(cast.verifier).with({ 'x-isolate': isolate }).post('/v1/verify', { key: key.api_key });
      seen.push({ key: key.id, isolate, sent, code: answer.json?.code ?? String(answer.status) });
    }
  }));
  await sleep(500);
  for (const { id } of keys) {
    expectSuccess(await administrator.post(`/api/v2/api_keys/${id}/revoke`, {}));
    committed.set(id, Date.now());
    await sleep(50);
  }
  await sleep(S + 2_000);
  done = true;
  await Promise.all(load);
  const after = seen.filter(({ key, sent }) => sent > committed.get(key)! + S);
  const asked = (isolate: Isolate): number => new Set(after.filter((one) => one.isolate === isolate).map(({ key }) => key)).size;
  return {
    late: after.filter(({ code }) => code !== 'REVOKED'),
    window: seen.filter(({ key, sent, code }) => code === 'VALID' && sent > committed.get(key)! && sent <= committed.get(key)! + S),
    asked: { A: asked('A'), B: asked('B') },
  };
}
