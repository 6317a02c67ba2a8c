import { appendFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';

import { expect } from '@playwright/test';
import { Webhook } from 'standardwebhooks';

import { EVIDENCE, made } from './paths';

/** What a receiver was sent. */
export type Taken = { headers: IncomingHttpHeaders; text: string; body: any; at: number };
/** How a receiver answers. */
export type Answering = (response: ServerResponse, request: IncomingMessage, taken: Taken) => void;

export const answering = {
  with: (status: number, text = ''): Answering => (response) => response.writeHead(status).end(text),
  ok: ((response) => response.writeHead(204).end()) as Answering,
  never: (() => undefined) as Answering,
  reset: ((_, request) => request.socket.resetAndDestroy()) as Answering,
  redirect: (to: string): Answering => (response) => response.writeHead(307, { location: to }).end(),
  /** A gigabyte, unless somebody hangs up: then `sent` says how much it was. */
  gigabyte: (sent: { bytes: number }): Answering => (response) => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const more = (): void => {
      while (sent.bytes < 2 ** 30 && !response.destroyed) {
        sent.bytes += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', more);
          return;
        }
      }
      response.end();
    };
    response.writeHead(200, { 'content-type': 'text/plain' });
    more();
  },
};

/** An address on this machine that webhooks are sent to. */
export class Receiver {
  readonly taken: Taken[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    public answer: Answering,
  ) {}

  static async start(answer: Answering = answering.ok, port = 0): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server, answer);
    server.on('connection', (socket) => {
      receiver.sockets.add(socket);
      socket.on('close', () => receiver.sockets.delete(socket));
    });
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (chunk) => (text += chunk));
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      request.on('end', () => {
        const taken = { headers: request.headers, text, body: JSON.parse(text || 'null'), at: Date.now() };
        receiver.taken.push(taken);
        // For the sweep, which looks for secrets where none may be.
        appendFileSync(join(made(EVIDENCE), `${process.pid}.messages`), `${JSON.stringify(request.headers)}\n${text}\n`);
        receiver.answer(response, request, taken);
      });
    });
    await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://localhost:${this.port}/hook`;
  }

  types(): string[] {
    return this.taken.map(({ body }) => body.type);
  }

  async until(count: number, timeout = 10_000): Promise<Taken[]> {
    await expect.poll(() => this.taken.length, { timeout }).toBeGreaterThanOrEqual(count);
    return this.taken;
  }

  async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The official library's opinion of a message. */
export function isSigned({ headers, text }: Taken, secret: string): boolean {
  try {
    new Webhook(secret).verify(text, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
