import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Answer, Client } from './client';

type Key = { id: string; current: boolean; privateKey: KeyObject; publicKey: KeyObject };
export type Find = { token: string; type?: string; url?: string; source?: string };
/** What differs from a report as GitHub would send it. */
export type Oddity = { by?: Key; body?: string; headers?: Record<string, string | undefined> };

const KEY_ID = 'github-public-key-identifier';
const SIGNATURE = 'github-public-key-signature';

export const newKey = (id: string, current = true): Key => ({ id, current, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) });

/** GitHub's secret scanning, as far as Claviger sees it: its keys behind an address, and what it reports. */
export class GitHub {
  /** What the address lists. */
  keys: Key[] = [newKey('first')];
  /** How often it was asked, and by whom. */
  asked: (string | undefined)[] = [];
  /** In the place of the keys. */
  trouble: { status: number; body?: string } | 'silence' | undefined;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<GitHub> {
    const server = createServer((request, response) => {
      github.asked.push(request.headers['user-agent']);
      if (github.trouble === 'silence') {
        return;
      }
      const listed = github.keys.map(({ id, current, publicKey }) =>
        ({ key_identifier: id, key: publicKey.export({ format: 'pem', type: 'spki' }), is_current: current }));
      response.writeHead(github.trouble?.status ?? 200, { 'content-type': 'application/json', location: '/elsewhere' });
      response.end(github.trouble?.body ?? JSON.stringify({ public_keys: listed }));
    });
    const github = new GitHub(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return github;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/meta/public_keys/secret_scanning`;
  }

  /** Reports finds, signed over the bytes that are sent; a header that is undefined is left out. */
  report(to: Client, finds: Find[], { by = this.keys[0]!, body, headers = {} }: Oddity = {}): Promise<Answer> {
    const signed = JSON.stringify(finds.map((find) => ({ type: 'claviger_api_key', url: '', source: 'Commit', ...find })));
    const signature = sign('SHA256', Buffer.from(signed), by.privateKey).toString('base64');
    const all = { 'content-type': 'application/json', [KEY_ID]: by.id, [SIGNATURE]: signature, ...headers };
    const sent = Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined));
    return to.send({ method: 'POST', path: '/v1/secret-scanning/github', body: body ?? signed, headers: sent });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
