import { readdirSync, readFileSync } from 'node:fs';

type Process = { id: number; parent: number; group: number; name: string };

/** Everything that runs on this machine; zombies do not. Empty where there is no /proc. */
export function processes(): Process[] {
  const ids = listed().filter((name) => /^\d+$/.test(name));
  return ids.flatMap((id) => {
    try {
      const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
      // The name stands in parentheses and may contain anything.
      const end = stat.lastIndexOf(')');
      const [state, parent, group] = stat.slice(end + 2).split(' ');
      const name = stat.slice(stat.indexOf('(') + 1, end);
      return state === 'Z' ? [] : [{ id: Number(id), parent: Number(parent), group: Number(group), name }];
    } catch {
      return [];
    }
  });
}

function listed(): string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}

/** `ancestor` and every process below it. */
export function family(ancestor: number): Process[] {
  const all = processes();
  const found = all.filter((process) => process.id === ancestor);
  for (let next = 0; next < found.length; next += 1) {
    found.push(...all.filter((process) => process.parent === found[next]?.id));
  }
  return found;
}

export function groupIsAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

/** Signals a whole group and waits until none of it runs. */
export async function killGroup(group: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): Promise<void> {
  const signalled = (name: NodeJS.Signals) => {
    try {
      process.kill(-group, name);
    } catch {
      // It is gone already.
    }
  };
  signalled(signal);
  const limit = Date.now() + 10_000;
  while (groupRuns(group)) {
    if (Date.now() > limit) {
      signalled('SIGKILL');
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function groupRuns(group: number): boolean {
  const all = processes();
  return all.length > 0 ? all.some((process) => process.group === group) : groupIsAlive(group);
}
