import type { BrowserContext } from '@playwright/test';

import { bearer, signedIn, visitor, type Client } from './client';
import { expect, type Claviger } from './fixtures';
import { recordSecret } from './secrets';

/** An organization of its own, so that a test may fill, change and delete it. */
export class Tenant {
  private constructor(
    private readonly claviger: Claviger,
    readonly id: number,
    readonly name: string,
    /** The link of its first owner. */
    readonly link: string,
  ) {}

  static async make(claviger: Claviger, attributes: { name: string; [attribute: string]: unknown }): Promise<Tenant> {
    const answer = await claviger.owner.post('/api/v2/organizations', attributes);
    expect(answer.status, answer.text).toBe(201);
    const { id, name, invite } = answer.json.data;
    const tenant = new Tenant(claviger, id, name, invite.link);
    recordSecret('setup', tenant.token);
    return tenant;
  }

  get token(): string {
    return this.link.split('#token=')[1] ?? '';
  }

  get path(): string {
    return `/api/v2/organizations/${this.id}`;
  }

  /** What the API says about it now. */
  async record(): Promise<any> {
    return (await this.claviger.owner.get(this.path)).json.data;
  }

  async change(attributes: object): Promise<void> {
    const answer = await this.claviger.owner.send({
      method: 'PATCH',
      path: this.path,
      body: JSON.stringify(attributes),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status, answer.text).toBe(200);
  }

  /** A service key in it. */
  async key(name: string, attributes: object = {}): Promise<any> {
    const answer = await this.claviger.owner.post(`${this.path}/api_keys`, { name, ...attributes });
    expect(answer.status, answer.text).toBe(201);
    return answer.json.data;
  }

  /** Spends the invitation: answers the secret of its owner's key. */
  async enter(name = 'Olivia Owner'): Promise<string> {
    const console = { 'sec-fetch-site': 'same-origin', origin: this.claviger.origin };
    const body = { token: this.token, name, email: 'olivia@example.com' };
    const answer = await visitor(this.claviger.origin).post('/api/v2/invites/accept', body, console);
    expect(answer.status, answer.text).toBe(201);
    return answer.json.data.api_key;
  }
}

/** Signs the browser in with any personal key. */
export async function signInWith(context: BrowserContext, origin: string, secret: string): Promise<Client> {
  const session = await signedIn(origin, secret);
  const [name, value] = session.headers.cookie?.split('=') ?? [];
  await context.addCookies([{ name: name ?? '', value: value ?? '', url: origin, httpOnly: true, sameSite: 'Strict' }]);
  return bearer(origin, secret);
}
