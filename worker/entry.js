// What the platform calls. The library's own entry, ./index.js, makes an instance with proxies and a promise of Rust's for each
// request: more than a verification from memory costs. Those of /v1 are therefore handed to Rust directly, and everything else to it.
import Library from './index.js';

export * from './index.js';

/** As in worker/src/incoming.rs: longer bodies, and those of unknown length, are read there. */
const BODY_LIMIT = 64 * 1024;
const NOTHING = new Uint8Array();
const V1 = /^https?:\/\/[^/]+\/v1\//;
// The library's: after a crash the next request through it starts Rust anew.
const state = globalThis.__worker_init_state;
const verification = Library.prototype.verification;

/** Not by whether it has a `body`, which would make a stream to answer that. */
function isShort(request) {
  const length = request.headers.get('Content-Length');
  return request.method === 'GET' ? length === null : length !== null && Number(length) <= BODY_LIMIT;
}

async function verify(request, env, context) {
  let body;
  try {
    body = request.method === 'GET' ? NOTHING : new Uint8Array(await request.arrayBuffer());
  } catch {
    // It broke off: Rust finds that out as well, and says so.
    return new Library(context, env).fetch(request);
  }
  try {
    return await verification(request, env, context, body);
  } catch (error) {
    state.criticalError ||= error instanceof WebAssembly.RuntimeError;
    throw error;
  }
}

export default {
  fetch(request, env, context) {
    if (V1.test(request.url) && !state.criticalError && isShort(request)) {
      return verify(request, env, context);
    }
    return new Library(context, env).fetch(request);
  },

  scheduled(event, env, context) {
    return new Library(context, env).scheduled(event);
  },
};
