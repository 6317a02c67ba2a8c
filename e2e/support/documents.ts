import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './paths';

/** The one block of this language in a document below a heading, with each of `other` in the place of what stands there. */
export function block(file: string, heading: string, language: string, other: Record<string, string>): string {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const found = [...section.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))];
  if (found.length !== 1) {
    throw new Error(`${file} has ${found.length} blocks of ${language} below “${heading}”`);
  }
  return Object.entries(other).reduce((code, [from, to]) => {
    if (!code.includes(from)) {
      throw new Error(`${file}: the block of ${language} has no ${from}`);
    }
    return code.replaceAll(from, to);
  }, found[0]![1]!);
}
