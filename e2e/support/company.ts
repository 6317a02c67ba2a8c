import { bearer, visitor, type Client } from './client';
import { expectSuccess } from './expectations';
import type { Claviger } from './fixtures';
import { Tenant } from './organizations';
import { recordSecret } from './secrets';

export type Role = 'owner' | 'administrator' | 'member';
/** A person who came in by an invitation, with the key that they were shown then. */
export type Colleague = { id: number; name: string; email: string; key: number; secret: string; client: Client };

/** An organization of a test's own, into which people come by invitations. */
export class Company {
  private constructor(
    private readonly claviger: Claviger,
    readonly tenant: Tenant,
    readonly owner: Colleague,
  ) {}

  static async make(claviger: Claviger, name: string): Promise<Company> {
    const tenant = await Tenant.make(claviger, { name });
    const secret = await tenant.enter();
    const client = bearer(claviger.origin, secret);
    const [owner] = expectSuccess(await client.get('/api/v2/users'));
    const key = expectSuccess(await client.get(`/api/v2/users/${owner.id}/api_key`)).id;
    return new Company(claviger, tenant, { id: owner.id, name: owner.name, email: owner.email, key, secret, client });
  }

  async hire(role: Role, name: string): Promise<Colleague> {
    const { link } = expectSuccess(await this.owner.client.post('/api/v2/invites', { role }), 201);
    const token = recordSecret('setup', link.split('#token=')[1]);
    const console = { 'sec-fetch-site': 'same-origin', origin: this.claviger.origin };
    const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`;
    const body = { token, name, email };
    const made = expectSuccess(await visitor(this.claviger.origin).post('/api/v2/invites/accept', body, console), 201);
    const client = bearer(this.claviger.origin, made.api_key);
    return { id: made.user_id, name, email, key: made.id, secret: made.api_key, client };
  }

  /** What the API says about somebody now. */
  async person({ id }: { id: number }): Promise<any> {
    return expectSuccess(await this.claviger.owner.get(`/api/v2/users/${id}`));
  }
}
