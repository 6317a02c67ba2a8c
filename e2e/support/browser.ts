import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { BrowserContext, ConsoleMessage, Page, Response } from '@playwright/test';

import { expect, test as base, type Claviger, type Holder } from './fixtures';
import { EVIDENCE, made } from './paths';
import { recordSecret, SECRET } from './secrets';

/** Watches a page: what it complains of fails the test, and what it asks for and keeps is left for the sweep. */
export class Watch {
  private readonly complaints: string[] = [];
  private readonly allowed: RegExp[] = [];
  private readonly file: string;

  constructor(
    private readonly page: Page,
    name: string,
  ) {
    this.file = join(made(EVIDENCE), name.replace(/[^\w-]/g, '_'));
    page.on('request', (request) => this.visited(request.url()));
    page.on('framenavigated', (frame) => this.visited(frame.url()));
    page.on('console', (message) => this.heard(message));
    page.on('pageerror', (error) => this.complaints.push(`uncaught: ${error.message}`));
    page.on('response', (response) => void this.answered(response));
  }

  /** Complaints that the test causes itself. */
  allow(pattern: RegExp): void {
    this.allowed.push(pattern);
  }

  /** What is left in the browser, and that nothing was complained of. */
  async close(): Promise<void> {
    const kept = await this.page
      .evaluate(() => ({
        url: location.href,
        local: { ...localStorage },
        session: { ...sessionStorage },
        cookie: document.cookie,
        state: JSON.stringify(history.state),
      }))
      .catch(() => undefined);
    writeFileSync(`${this.file}.storage.json`, JSON.stringify(kept ?? null));
    const complaints = this.complaints.filter((text) => !this.allowed.some((pattern) => pattern.test(text)));
    expect(complaints, 'what the browser complained of').toEqual([]);
    expect(kept?.cookie ?? '', 'cookies that scripts can read').toBe('');
  }

  private visited(url: string): void {
    appendFileSync(`${this.file}.urls`, `${url}\n`);
  }

  private heard(message: ConsoleMessage): void {
    const { url } = message.location();
    // The console asks who is signed in, and the browser itself reports the 401 that says "nobody".
    const nobody = url.endsWith('/api/v2/session') && /status of 401/.test(message.text());
    // Chromium says this one as a piece of information.
    const autofocus = /autofocus/i.test(message.text());
    if ((message.type() === 'error' || message.type() === 'warning' || autofocus) && !nobody) {
      this.complaints.push(`${message.type()}: ${message.text()} (${url})`);
    }
  }

  /** A new secret comes in JSON and in answer to a POST; to fetch all else from the browser once more would cost much. */
  private async answered(response: Response): Promise<void> {
    if (response.request().method() === 'POST' && response.headers()['content-type']?.includes('json')) {
      this.sawSecret(await response.json().catch(() => undefined));
    }
  }

  private sawSecret(answer: any): void {
    for (const secret of [answer?.data?.api_key, answer?.data?.key?.api_key, ...(answer?.data?.api_keys ?? []).map((key: any) => key?.api_key)]) {
      if (typeof secret === 'string' && SECRET.test(secret)) {
        recordSecret('key', secret);
      }
    }
  }
}

type Fixtures = {
  watch: Watch;
  /** Does something when the page is no longer watched: a Worker that ends before would be complained of. */
  afterwards: (task: () => Promise<void>) => void;
  /** Opens a page of the console as this person, signed in over the API: the sign-in page has tests of its own. */
  as: (holder: Holder, path?: string) => Promise<void>;
};

export const test = base.extend<Fixtures>({
  baseURL: async ({ claviger }, use) => use(claviger.origin),
  afterwards: async ({}, use) => {
    const tasks: (() => Promise<void>)[] = [];
    await use((task) => void tasks.push(task));
    for (const task of tasks) {
      await task();
    }
  },
  watch: [
    // What is to be done afterwards is done after this only because this asks for it.
    async ({ page, afterwards: _ }, use, info) => {
      const watch = new Watch(page, info.titlePath.slice(1).join(' '));
      await use(watch);
      await watch.close();
    },
    { auto: true },
  ],
  as: async ({ claviger, context, page }, use) => {
    await use(async (holder, path = '/keys') => {
      await signIn(context, claviger, holder);
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    });
  },
});

export async function signIn(context: BrowserContext, claviger: Claviger, holder: Holder, fresh?: 'fresh'): Promise<void> {
  const session = await claviger.session(holder, fresh);
  const [name, value] = session.headers.cookie?.split('=') ?? [];
  await context.addCookies([
    { name: name ?? '', value: value ?? '', url: claviger.origin, httpOnly: true, sameSite: 'Strict' },
  ]);
}

export { expect };
