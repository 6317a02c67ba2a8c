import http from 'node:http';

/**
 * A request to the letter: nothing is added that a test did not write, above all no cookie and no Sec-Fetch header. A list is
 * a header that is there several times.
 */
export type Request = {
  method?: string;
  path: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  /** Keeps its connections: for many requests to a Worker that is not restarted meanwhile. */
  agent?: http.Agent;
};

export type Response = {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
};

export function send(origin: string, request: Request): Promise<Response> {
  const url = new URL(origin);
  return new Promise((resolve, reject) => {
    let answered = false;
    const outgoing = http.request(
      {
        host: '127.0.0.1',
        port: url.port,
        method: request.method ?? 'GET',
        path: request.path,
        headers: {
          host: url.host,
          ...(request.body === undefined || request.headers?.['transfer-encoding']
            ? {}
            : { 'content-length': String(Buffer.byteLength(request.body)) }),
          ...request.headers,
        },
        // A kept connection would survive a restart of the Worker and fail the next request.
        agent: request.agent ?? false,
        timeout: 30_000,
      },
      (incoming) => {
        answered = true;
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${request.method ?? 'GET'} within 30 s`)));
    // A refusal may come before a large body is through; the answer counts, not the broken pipe.
    outgoing.on('error', (error) => (answered ? undefined : reject(error)));
    outgoing.end(request.body);
  });
}
