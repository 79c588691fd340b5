import type { FileHandle } from 'node:fs/promises';
import type { FileReading } from './served-file.js';

/** Files that are being read: each is open once, however many phones fetch it. */
export class SharedReadings {
  readonly #open = new Map<string, { readonly handle: Promise<FileHandle>; readers: number }>();

  /** @param open - opens the file, where it is not open yet */
  async open(key: string, open: () => Promise<FileHandle>): Promise<FileReading> {
    const shared = this.#open.get(key) ?? { handle: open(), readers: 0 };
    this.#open.set(key, shared);
    shared.readers += 1;
    const leave = (): void => {
      shared.readers -= 1;
      if (shared.readers > 0) return;
      this.#open.delete(key);
      // Of a file that was only read nothing can be lost.
      shared.handle.then(async (handle) => await handle.close()).catch(() => undefined);
    };
    try {
      const handle = await shared.handle;
      return { read: async (start, end) => await readBetween(handle, start, end), close: leave };
    } catch (fault) {
      leave();
      throw fault;
    }
  }
}

async function readBetween(handle: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(end - start);
  for (let filled = 0; filled < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    filled += bytesRead;
  }
  return bytes;
}
