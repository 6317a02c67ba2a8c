import { expect } from '@playwright/test';

import type { Answer } from './client';
import type { Database } from './database';

/** A refusal of the management API: exactly the envelope, and a sentence that helps. */
export function expectRefusal(answer: Answer, status: number, code: string, message?: RegExp): void {
  expect(`${answer.status} ${answer.json?.error_code}`, answer.text).toBe(`${status} ${code}`);
  const { errors, ...envelope } = answer.json;
  expect(envelope).toEqual({ success: false, data: null, error_code: code, error_message: expect.any(String) });
  expectSentence(answer.json.error_message);
  if (message) {
    expect(answer.json.error_message).toMatch(message);
  }
  for (const error of errors ?? []) {
    expect(Object.keys(error).sort()).toEqual(['field', 'message']);
    expectSentence(error.message);
  }
  expectCommonHeaders(answer);
  expect(answer.headers['set-cookie']).toBeUndefined();
  if (status === 401) {
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer\b/);
  }
}

/** A refusal that names the field. */
export function expectFieldRefusal(answer: Answer, code: string, field: string, message: RegExp): void {
  expectRefusal(answer, 400, code);
  const named = answer.json.errors?.find((error: { field: string }) => error.field === field);
  expect(named, `${field} among ${answer.text}`).toBeDefined();
  expect(named.message).toMatch(message);
}

/** A refusal of `/v1`. */
export function expectVerifyRefusal(answer: Answer, status: number, code: string, field?: string): void {
  expect(`${answer.status} ${answer.json?.error}`, answer.text).toBe(`${status} ${code}`);
  const expected: Record<string, unknown> = { error: code, message: expect.any(String) };
  if (field !== undefined) {
    expected.field = field;
  }
  expect(answer.json).toEqual(expected);
  expectSentence(answer.json.message);
  expectCommonHeaders(answer);
  if (status === 401) {
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer\b/);
  }
}

export function expectCommonHeaders(answer: Answer): void {
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-z-]{8,}$/);
  expect(answer.headers['content-type']).toBe('application/json');
}

export function expectSuccess(answer: Answer, status = 200): any {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.json).toMatchObject({ success: true, error_code: null, error_message: null });
  expect(answer.json).toHaveProperty('data');
  expectCommonHeaders(answer);
  return answer.json.data;
}

/** Runs `action` and sees that not one value in D1 is another one afterwards. */
export async function nothingChanges<T>(database: Database, action: () => Promise<T>): Promise<T> {
  const [files, result] = [database.files(), await action()];
  const now = database.files();
  // Who may not change anything mostly writes nothing, and the same bytes need not be read.
  if (files.every((file, index) => file.equals(now[index]!))) {
    return result;
  }
  const [before, after] = [database.contents(files), database.contents(now)];
  const names = Object.keys({ ...before, ...after });
  const changed = names.filter((table) => JSON.stringify(before[table]) !== JSON.stringify(after[table]));
  if (changed.length > 0) {
    throw new Error(`D1 has changed in ${changed.join(', ')}; the end of it now: ${changed.map((table) => JSON.stringify(after[table]).slice(-600)).join('\n')}`);
  }
  return result;
}

function expectSentence(text: string): void {
  expect(text).toMatch(/^[A-Z].{5,}[.!*]$/s);
}

/** Keys without when they were used: whoever asks uses a key by that. */
export function withoutUse(keys: Json[]): Json[] {
  return keys.map(({ last_used_at: _, secrets, ...rest }) => ({
    ...rest,
    secrets: secrets.map(({ last_used_at: __, ...secret }: Json) => secret),
  }));
}

type Json = { [name: string]: any };
