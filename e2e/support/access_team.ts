import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Variables } from './worker';

export const TEAM = 'acme.cloudflareaccess.com';
export const TAG = '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2';

type Key = { id: string; privateKey: KeyObject; publicKey: KeyObject };
type Claims = Record<string, unknown>;
export type Token = { claims?: Claims; header?: Record<string, unknown>; by?: Key };

export const newKey = (id: string): Key => ({ id, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) });
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A team of Cloudflare Access, as far as Claviger sees it: its keys behind an address, and what it signs. */
export class AccessTeam {
  /** What the address lists. */
  keys: Key[];
  /** How often it was asked. */
  asked = 0;
  /** In the place of the keys. */
  trouble: { status: number } | 'silence' | undefined;

  private constructor(private readonly server: Server) {
    this.keys = [newKey('first')];
  }

  static async start(): Promise<AccessTeam> {
    const server = createServer((_, response) => {
      team.asked += 1;
      if (team.trouble === 'silence') {
        return;
      }
      const listed = team.keys.map(({ id, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid: id, alg: 'RS256', use: 'sig' }));
      response.writeHead(team.trouble?.status ?? 200, { 'content-type': 'application/json', location: '/elsewhere' });
      response.end(JSON.stringify({ keys: listed, public_cert: { kid: 'first', cert: 'not read' } }));
    });
    const team = new AccessTeam(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return team;
  }

  variables(more: Variables = {}): Variables {
    const { port } = this.server.address() as AddressInfo;
    return { LOCAL: '1', ACCESS_TEAM_DOMAIN: TEAM, ACCESS_AUD: `other,${TAG}`, ACCESS_CERTS_URL: `http://127.0.0.1:${port}/certs`, ...more };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What Access would send with a request of whoever has this address; a claim that is undefined is left out. */
  vouch(email: string | undefined, { claims = {}, header = {}, by = this.keys[0]! }: Token = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: `https://${TEAM}`, aud: [TAG], type: 'app', sub: 'someone', email, iat: now - 5, nbf: now - 5, exp: now + 3600, ...claims };
    const signed = `${part({ alg: 'RS256', kid: by.id, typ: 'JWT', ...header })}.${part(all)}`;
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), by.privateKey).toString('base64url')}`;
  }

  /** The old trick: HS256 with the public key, which everybody has, as the secret. */
  vouchWithPublicKey(email: string): string {
    const [body] = [this.vouch(email).split('.')[1]];
    const signed = `${part({ alg: 'HS256', kid: this.keys[0]!.id })}.${body}`;
    const secret = this.keys[0]!.publicKey.export({ format: 'pem', type: 'spki' });
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  }
}
