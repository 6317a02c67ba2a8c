import { send, type Request, type Response } from './http';
import { recordSecret, SECRET } from './secrets';

export type Answer = Response & { json: any };

/** One caller of a Worker: who it is lies in its headers and in nothing else. */
export class Client {
  constructor(
    readonly origin: string,
    readonly headers: Record<string, string> = {},
  ) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send({ path, headers });
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.sendJson('POST', path, body, headers);
  }

  put(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.sendJson('PUT', path, body, headers);
  }

  patch(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.sendJson('PATCH', path, body, headers);
  }

  delete(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send({ method: 'DELETE', path, headers });
  }

  sendJson(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const all = { 'content-type': 'application/json', ...headers };
    return this.send({ method, path, body: JSON.stringify(body), headers: all });
  }

  async send(request: Request): Promise<Answer> {
    const response = await send(this.origin, { ...request, headers: { ...this.headers, ...request.headers } });
    const json = parsed(response.text);
    for (const secret of [json?.data?.api_key, json?.data?.key?.api_key, ...(json?.data?.api_keys ?? []).map((key: any) => key.api_key)]) {
      if (typeof secret === 'string' && SECRET.test(secret)) {
        recordSecret('key', secret);
      }
    }
    for (const link of [json?.data?.invite?.link, json?.data?.link]) {
      if (typeof link === 'string') {
        recordSecret('setup', tokenOf(link));
      }
    }
    if (typeof json?.data?.secret === 'string') {
      recordSecret('key', json.data.secret);
    }
    for (const cookie of response.headers['set-cookie'] ?? []) {
      const value = cookie.split(';')[0]?.split('=')[1];
      if (value) {
        recordSecret('session', value);
      }
    }
    return { ...response, json };
  }

  /** The same caller with more headers, or with one taken away by naming it `undefined`. */
  with(headers: Record<string, string | undefined>): Client {
    const all = { ...this.headers, ...headers };
    const kept = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
    return new Client(this.origin, Object.fromEntries(kept));
  }
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function anonymous(origin: string): Client {
  return new Client(origin);
}

let visitors = 0;

/**
 * Somebody nobody knows, at an address of their own (RFC 2544): attempts at coming in are counted by address, and honest tests
 * make more of them on one Worker than anybody at one address may.
 */
export function visitor(origin: string): Client {
  visitors += 1;
  return anonymous(origin).with({ 'cf-connecting-ip': `198.18.${(visitors >> 8) & 255}.${visitors & 255}` });
}

export function bearer(origin: string, secret: string): Client {
  return new Client(origin, { authorization: `Bearer ${secret}` });
}

/** The cookie as the browser sends it back, `name=value`. */
export function cookieOf(answer: Answer): string {
  const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0];
  if (!cookie) {
    throw new Error(`no cookie in an answer of status ${answer.status}: ${answer.json?.error_code}`);
  }
  return cookie;
}

/** The token behind the # of a link that lets in. */
export function tokenOf(link: string): string {
  const token = link.split('#token=')[1];
  if (!token) {
    throw new Error('no token in a link');
  }
  return token;
}

/** Signs in as the console does; from an address of their own, unless it is said from where. */
export async function signedIn(origin: string, secret: string, from = visitor(origin)): Promise<Client> {
  const console = { 'sec-fetch-site': 'same-origin', origin };
  const answer = await from.post('/api/v2/session', { api_key: secret }, console);
  return new Client(origin, { cookie: cookieOf(answer), ...console });
}
