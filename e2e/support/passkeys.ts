import { Authenticator, type Slip } from './authenticator';
import { anonymous, cookieOf, type Answer, type Client } from './client';
import { expectSuccess } from './expectations';

const PATH = '/api/v2/passkeys';

/** A browser with the console open, signed in as nobody; at `host`, if it is not the Worker's own. */
export const browser = (origin: string): Client => anonymous(origin).with({ 'sec-fetch-site': 'same-origin', origin });

/** What a browser is asked for. */
export const asked = async (client: Client, path: string): Promise<any> => expectSuccess(await client.post(`/api/v2/${path}/options`, {}));

/** Registers a passkey in a session. */
export async function register(session: Client, authenticator = new Authenticator(session.origin), name?: string): Promise<[Authenticator, any]> {
  const answer = await session.post(PATH, authenticator.made(await asked(session, 'passkeys'), {}, name));
  return [authenticator, expectSuccess(answer, 201)];
}

/** Signs in with one. */
export async function enter(origin: string, authenticator: Authenticator, slip: Slip = {}): Promise<Answer> {
  return browser(origin).post('/api/v2/session/passkey', authenticator.used(await asked(browser(origin), 'session/passkey'), slip));
}

export async function entered(origin: string, authenticator: Authenticator): Promise<Client> {
  const answer = await enter(origin, authenticator);
  expectSuccess(answer, 201);
  return browser(origin).with({ cookie: cookieOf(answer) });
}

/** Shows one again. */
export async function stepUp(session: Client, authenticator: Authenticator): Promise<Answer> {
  return session.post('/api/v2/session/step_up', authenticator.used(await asked(session, 'session/step_up')));
}
