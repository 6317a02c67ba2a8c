#!/usr/bin/env node
// Checks an audit log of Claviger without Claviger's own code: docs/AUDIT.md says what is checked, and what that proves.
//
//   CLAVIGER_KEY=clv_… node verify-audit-log.mjs https://keys.example.com [what you noted…]
//
// What you noted: public keys (of those that the service names itself only these count then), and files that the console saved
// as "signed head". CLAVIGER_ORGANIZATION=7 checks another organization's log, also of one that is gone; with a system_admin's key.
//
// Needs Node.js 20 and nothing else. Exits with 0 when all of it holds, with 1 when it does not, with 2 when it could not look.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [origin, ...noted] = process.argv.slice(2);
const { CLAVIGER_KEY: key, CLAVIGER_ORGANIZATION: organization } = process.env;
if (!origin || !key) {
  console.error('Usage: CLAVIGER_KEY=clv_… node verify-audit-log.mjs ORIGIN [PUBLIC_KEY | SIGNED_HEAD.json]…');
  process.exit(2);
}
const trusted = noted.filter((text) => !text.endsWith('.json'));
const kept = noted.filter((text) => text.endsWith('.json')).map((file) => JSON.parse(readFileSync(file, 'utf8')).head);

// JSON.stringify of an array of texts, whole numbers and nulls is what RFC 8785 writes.
const hash = (...values) => createHash('sha256').update(JSON.stringify(values)).digest('hex');
const digestOf = (r, salt) =>
  hash('claviger audit record 1', r.organization_id, r.id, r.at, r.actor_type, r.actor_id, r.actor_name, r.action,
    r.target_type, r.target_id, r.target_name, r.details, r.ip, r.request_id, salt);
const isSigned = (head) => {
  const message = JSON.stringify(['claviger audit head 1', head.organization_id, head.position, head.audit_id, head.hash, Date.parse(head.signed_at)]);
  try {
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: head.public_key }, format: 'jwk' });
    return verify(null, Buffer.from(message), publicKey, Buffer.from(head.signature, 'base64url'));
  } catch {
    return false; // What is no key has signed nothing.
  }
};

async function range(after) {
  const path = organization ? `organizations/${organization}/audit_log` : 'audit_log';
  const answer = await fetch(`${origin}/api/v2/${path}/verify?per_page=1000&after=${after}`, { headers: { authorization: `Bearer ${key}` } });
  if (!answer.ok) {
    console.error(`Claviger answered ${answer.status}: ${(await answer.json().catch(() => ({}))).error_message ?? ''}`);
    process.exit(2);
  }
  return (await answer.json()).data;
}

const findings = [];
const strangers = new Map();
// What the chain has to hold, by its place: first of all what was kept elsewhere.
const heads = new Map();
const expected = (head) => heads.set(head.position, [...(heads.get(head.position) ?? []), head]);
for (const head of kept) {
  if (!isSigned(head)) {
    console.error(`The head of record ${head.audit_id} that you noted has a wrong signature: the file is not as it was saved.`);
    process.exit(2);
  }
  expected(head);
}
let tip = { position: 0, audit_id: 0, hash: '0'.repeat(64) };
let signed;
for (let after = 0; after !== null;) {
  const { organization_id, public_key, former_keys, records, unsealed, heads: told, next_after } = await range(after);
  const keys = trusted.length > 0 ? trusted : [public_key, ...former_keys];
  if (kept.some((head) => head.organization_id !== organization_id)) {
    console.error('A head that you noted is of another organization.');
    process.exit(2);
  }
  for (const head of told) {
    if (head.organization_id !== organization_id || !isSigned(head)) {
      findings.push(`the head of record ${head.audit_id} has a wrong signature`);
    } else if (!keys.includes(head.public_key)) {
      strangers.set(head.public_key, [...(strangers.get(head.public_key) ?? []), head]);
    } else {
      expected(head);
    }
  }
  for (const { seal, record, salt, digest } of records) {
    const what = record === null ? digest : digestOf(record, salt);
    const right = hash('claviger audit seal 1', organization_id, seal.position, seal.audit_id, seal.previous, what);
    if (seal.position !== tip.position + 1 || seal.audit_id <= tip.audit_id) {
      findings.push(`something is missing or out of order between record ${tip.audit_id} and record ${seal.audit_id}`);
    } else if (seal.previous !== tip.hash) {
      findings.push(`the seal of record ${seal.audit_id} does not follow that of record ${tip.audit_id}`);
    } else if (what === null) {
      findings.push(`record ${seal.audit_id} was removed`);
    } else if (seal.hash !== right || (record && record.id !== seal.audit_id)) {
      findings.push(`record ${seal.audit_id} was changed`);
    }
    for (const head of heads.get(seal.position) ?? []) {
      if (head.hash === seal.hash && head.audit_id === seal.audit_id) {
        signed = head;
      } else {
        findings.push(`the head of record ${head.audit_id} names another seal: the records up to it were sealed anew`);
      }
    }
    heads.delete(seal.position);
    tip = seal;
  }
  findings.push(...unsealed.map((id) => `record ${id} has no seal`));
  after = next_after;
}
for (const [stranger, [head, ...more]] of strangers) {
  const others = more.length > 0 ? `, and ${more.length} more,` : '';
  findings.push(`the head of record ${head.audit_id}${others} is signed with another key, ${stranger}`);
}
for (const head of [...heads.values()].flat()) {
  findings.push(`the log was signed up to record ${head.audit_id} on ${head.signed_at} and ends with record ${tip.audit_id}`);
}

console.log(`${tip.position} records, the last one ${tip.audit_id}, sealed ${tip.hash}`);
console.log(signed ? `signed up to record ${signed.audit_id} on ${signed.signed_at} with ${signed.public_key}` : 'not signed yet');
findings.forEach((finding) => console.log(`FOUND: ${finding}`));
process.exit(findings.length > 0 ? 1 : 0);
