// The least that a Worker can do: read the body, for one that is left unread costs the connection, and answer the same.
const ANSWER = JSON.stringify({ valid: true, code: 'VALID', key: { id: 1, name: 'Constant' }, as_of: '2026-01-01T00:00:00.000Z', age_ms: 0, degraded: false });

export default {
  async fetch(request) {
    await request.arrayBuffer();
    return new Response(ANSWER, { headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } });
  },
};
