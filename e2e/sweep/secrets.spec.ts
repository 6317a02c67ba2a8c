import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

import { expect, test } from '@playwright/test';

import { EVIDENCE, RESULTS, STATES } from '../support/paths';
import { recordedSecrets, type SecretKind } from '../support/secrets';
import { keepStates } from '../support/states';

const PIECE = 20;

function filesBelow(folder: string): string[] {
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Every piece of 20 characters of every secret of these kinds. */
function piecesOf(kinds: SecretKind[]): Set<string> {
  const texts = recordedSecrets().filter((secret) => kinds.includes(secret.kind)).map((secret) => secret.text);
  return new Set(texts.flatMap((text) => Array.from({ length: text.length - PIECE + 1 }, (_, at) => text.slice(at, at + PIECE))));
}

/** Which pieces are in a file, whatever its encoding is: secrets are ASCII, in base64 too. Two bytes a character are read as well. */
function found(file: string, pieces: Set<string>): string[] {
  const text = readFileSync(file, 'latin1');
  return [text, text.replaceAll('\0', '')].flatMap((text) =>
    [...text.matchAll(/[0-9A-Za-z_+/=-]{20,}/g)].flatMap(([run]) =>
      Array.from({ length: run.length - PIECE + 1 }, (_, at) => run.slice(at, at + PIECE)).filter((piece) => pieces.has(piece)),
    ),
  );
}

function sweep(files: string[], kinds: SecretKind[]): string[] {
  const pieces = piecesOf(kinds);
  expect(pieces.size).toBeGreaterThan(0);
  return files.flatMap((file) => {
    const seen = found(file, pieces);
    // Not the piece itself: this goes into a report.
    return seen.length > 0 ? [`${relative(RESULTS, file)}: ${seen.length} pieces`] : [];
  });
}

test('the sweep would find a secret', () => {
  const files = filesBelow(join(RESULTS, 'secrets'));
  expect(sweep(files, ['key'])).not.toEqual([]);
});

test('no secret is in any database or log', () => {
  // `dev.vars` is where the setup token is configured.
  const files = filesBelow(STATES).filter((file) => !file.endsWith('dev.vars'));
  expect(files.some((file) => file.endsWith('.sqlite'))).toBe(true);
  expect(files.some((file) => file.endsWith('worker.log'))).toBe(true);
  expect(sweep(files, ['key', 'session', 'setup', 'signing'])).toEqual([]);
});

test('no secret was in any URL that a browser asked for', () => {
  const files = filesBelow(EVIDENCE).filter((file) => file.endsWith('.urls'));
  // The setup link has its token behind #, which browsers do not send.
  expect(sweep(files, ['key', 'session'])).toEqual([]);
});

test('no secret was in any message to a webhook', () => {
  const files = filesBelow(EVIDENCE).filter((file) => file.endsWith('.messages'));
  expect(sweep(files, ['key', 'session', 'setup', 'signing'])).toEqual([]);
});

test('no secret is in what browsers keep', () => {
  const files = filesBelow(EVIDENCE).filter((file) => file.endsWith('.storage.json'));
  expect(sweep(files, ['key', 'session', 'setup'])).toEqual([]);
});

test.afterAll(() => {
  keepStates();
  const note = join(RESULTS, 'clone.txt');
  if (existsSync(note)) {
    rmSync(readFileSync(note, 'utf8'), { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
  }
});
