// What the browser keeps for us over a reload. Where it refuses (storage switched off, a frame
// without storage access), memory takes its place until the page is closed.

const memory = new Map<string, string>();

export function recall<T>(name: string, fallback: T): T {
  const text = read(name);
  if (text === null) return fallback;
  try {
    return JSON.parse(text) as T;
  } catch {
    return fallback;
  }
}

// Whether it outlives the page: a browser refuses what is too much, or everything.
export function keep(name: string, value: unknown): boolean {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(name, text);
    memory.delete(name);
    return true;
  } catch {
    memory.set(name, text);
    return false;
  }
}

export function forget(name: string): void {
  memory.delete(name);
  try {
    localStorage.removeItem(name);
  } catch {
    // There was nothing kept but in memory.
  }
}

// Every name that begins so: at signing out, drafts do not stay behind.
export function forgetAll(prefix: string): void {
  for (const name of [...memory.keys()]) if (name.startsWith(prefix)) memory.delete(name);
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(prefix)) localStorage.removeItem(name);
  } catch {
    // As above.
  }
}

// Of all windows of this browser, one at a time takes care of what is kept under a name; the next
// one does when that is closed. `then` is called once it is this one's turn.
export function whenMine(name: string, then: () => void): void {
  const untilClosed = () => {
    then();
    return new Promise<never>(() => undefined);
  };
  // A frame without storage access is refused the lock, and shares nothing with other windows.
  if ("locks" in navigator) navigator.locks.request(name, untilClosed).catch(then);
  else queueMicrotask(then);
}

function read(name: string): string | null {
  const remembered = memory.get(name);
  if (remembered !== undefined) return remembered;
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
