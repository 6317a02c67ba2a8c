import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './paths';

const METHODS = /\b(get|post|put|patch|delete)\(/g;
/** What would add endpoints unseen. */
const UNREAD = /\.(merge|route_service|nest_service|fallback_service)\(|\b(any|on|head|options|trace|connect|\w+_service)\(/;

/** Every endpoint of the Worker, `GET /api_keys/{id}`, read from its router: without `/api/v2`, which has two names. */
export function endpoints(): string[] {
  const router = readFileSync(join(ROOT, 'worker/src/router.rs'), 'utf8');
  const code = router.replaceAll(/\/\/.*$/gm, '');
  const unread = code.slice(code.indexOf('fn routes')).match(UNREAD);
  if (unread) {
    throw new Error(`router.rs uses ${unread[0]}, which this parser does not know: teach it, so that no endpoint goes untested`);
  }
  const parts = new Map<string, string>();
  for (const [, name, body] of code.matchAll(/fn (\w+)\(\) -> Router \{\n(.*?)\n\}/gs)) {
    parts.set(name!, body!.replaceAll(/let (\w+) = (Router::new\(\).*?);\n/gs, (_, variable, router) => (parts.set(variable, router), '')));
  }
  const read = (name: string, prefix: string): string[] => {
    const part = parts.get(name) ?? fail(`router.rs has no ${name}`);
    const routes = calls(part, '.route').flatMap(([path, rest]) =>
      [...rest.matchAll(METHODS)].map(([, method]) => `${method!.toUpperCase()} ${(prefix + path).replace(/\/$/, '')}`));
    const nests = calls(part, '.nest').flatMap(([path, rest]) => read(/\w+/.exec(rest)?.[0] ?? '', prefix + path));
    return [...routes, ...nests];
  };
  const all = read('routes', '');
  const [first, second] = ['/api/v2', '/ga/api/v2'].map((prefix) =>
    all.filter((one) => one.split(' ')[1]!.startsWith(`${prefix}/`)).map((one) => one.replace(prefix, '')));
  if (JSON.stringify(first) !== JSON.stringify(second) || !first?.length) {
    fail('the two names of the API lead to different endpoints');
  }
  const others = all.filter((one) => !/ (\/ga)?\/api\/v2\//.test(one));
  const verification = readFileSync(join(ROOT, 'worker/src/verify/mod.rs'), 'utf8');
  const doors = [...verification.matchAll(/\("(\/v1[^"]*)", (?:Method::(\w+)|_)\)/g)];
  const verify = doors.map(([, path, method]) => `${method ?? 'ANY'} ${path}`);
  return [...new Set([...first!, ...others, ...verify])];
}

/** The calls of a method, as their first text and everything behind it. */
function calls(code: string, method: string): [string, string][] {
  return [...code.matchAll(new RegExp(`\\${method}\\(`, 'g'))].map(({ index }) => {
    const start = index + method.length + 1;
    let end = start;
    for (let depth = 1; depth > 0 && end < code.length; end += 1) {
      depth += code[end] === '(' ? 1 : code[end] === ')' ? -1 : 0;
    }
    const [, path, rest] = /^\s*"([^"]*)",(.*)\)$/s.exec(code.slice(start, end)) ?? fail(`cannot read ${method} in router.rs`);
    return [path!, rest!];
  });
}

function fail(why: string): never {
  throw new Error(why);
}
