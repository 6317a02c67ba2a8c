import { spawn } from 'node:child_process';

/** Runs `script` in bash, to the letter, and answers what it printed. */
export function bash(script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    let complaints = '';
    child.stdout.on('data', (chunk) => (printed += chunk));
    child.stderr.on('data', (chunk) => (complaints += chunk));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(printed) : reject(new Error(`exit code ${code}: ${complaints}`))));
  });
}

/** The last JSON object that a command printed. */
export function lastJson(printed: string): any {
  const start = printed.lastIndexOf('{"valid"');
  if (start < 0) {
    throw new Error(`no verification in: ${printed.replace(/clv_\w+/g, 'clv_…')}`);
  }
  return JSON.parse(printed.slice(start));
}
