import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { made, SECRETS } from './paths';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export const SECRET = /^(?:[a-z0-9]{2,12}_)?clv_[0-9A-Za-z]{49}$/;

/** A setup token may be in a URL's fragment; the others may be nowhere. */
export type SecretKind = 'key' | 'session' | 'setup' | 'signing';
export type Recorded = { kind: SecretKind; text: string };

/** The same form as core/src/secret.rs mints: known to the sweep, unknown to any Worker unless seeded. */
export function mintSecret(): string {
  return recordSecret('key', unrecordedSecret());
}

/** For a request whose own tools, and not Claviger, may write it down. */
export function unrecordedSecret(): string {
  let text = 'clv_';
  while (text.length < 4 + 43) {
    const character = ALPHABET[(randomBytes(1)[0] ?? 0) & 0x3f];
    text += character ?? '';
  }
  return text + checksum(text);
}

function checksum(covered: string): string {
  let rest = crc32(covered);
  let digits = '';
  for (let position = 0; position < 6; position += 1) {
    digits = (ALPHABET[rest % 62] ?? '') + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function hintOf(secret: string): string {
  const start = secret.length - 49;
  return `${secret.slice(0, start + 4)}…${secret.slice(-4)}`;
}

/** The same secret with its last character changed, so that its checksum no longer fits. */
export function mistyped(secret: string): string {
  return secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0');
}

/** Notes down a secret that a test has seen, for the sweep. */
export function recordSecret(kind: SecretKind, text: string): string {
  appendFileSync(join(made(SECRETS), `${process.pid}.jsonl`), `${JSON.stringify({ kind, text })}\n`);
  return text;
}

export function recordedSecrets(): Recorded[] {
  const lines = readdirSync(made(SECRETS)).flatMap((file) => readFileSync(join(SECRETS, file), 'utf8').split('\n'));
  return lines.filter(Boolean).map((line) => JSON.parse(line) as Recorded);
}
