import type { FileSource, Peer, ServedFile, ServerEvents } from '../building/served-file.js';

/** Files by their names, and what the servers told of them. */
export function sampleFiles(files: Readonly<Record<string, Uint8Array>>) {
  const told: string[] = [];
  let wake = (): void => undefined;
  const tell = (line: string): void => {
    told.push(line);
    wake();
  };
  const source: FileSource = {
    async find(name) {
      if (name === 'broken') throw new Error('away');
      const bytes = Object.hasOwn(files, name) ? files[name] : undefined;
      return bytes === undefined ? { found: false, code: 'file-missing' } : { found: true, file: { name, bytes } };
    },
  };
  const events: ServerEvents = {
    served: (file: ServedFile, peer: Peer) => tell(`served ${file.name} ${peer.transport}`),
    refused: (code, name, peer) => tell(`${code} ${name} ${peer.transport}`),
    failed: (err, name) => tell(`failed ${name} ${err instanceof Error ? err.message : String(err)}`),
  };
  /** Resolves when a line was told that begins so. */
  const heard = async (beginning: string): Promise<string> => {
    for (;;) {
      const line = told.find((one) => one.startsWith(beginning));
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { source, events, told, heard };
}
