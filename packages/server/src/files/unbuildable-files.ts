import type { ServiceWarning } from '@opencapf/admin-api';

/** What only an administrator can mend, where a phone asks for its configuration in vain. */
const toBeMended =
  /^(?:(?:configuration|template)-(?!missing$)|file-phone-key-|capf-servers-unusable$|manual-key-layout-unknown$)/;
const hourMs = 3_600_000;
/** Remembered at most; more make no difference to what is said. */
const mostFiles = 100_000;

/** Configurations that devices asked for within the last hour, and that cannot be built from what is on record. */
export class UnbuildableFiles {
  readonly #now: () => Date;
  readonly #files = new Map<string, { readonly code: string; readonly at: number }>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  refused(code: string, file: string): void {
    // The latest come last; what is refused for another reason now is mended.
    this.#files.delete(file);
    if (toBeMended.test(code) && this.#files.size < mostFiles)
      this.#files.set(file, { code, at: this.#now().getTime() });
  }

  served(file: string): void {
    this.#files.delete(file);
  }

  /** Without names: whoever asks shows no token. */
  warnings(): readonly ServiceWarning[] {
    const since = this.#now().getTime() - hourMs;
    for (const [file, { at }] of this.#files) {
      if (at > since) break;
      this.#files.delete(file);
    }
    if (this.#files.size === 0) return [];
    const codes = [...new Set([...this.#files.values()].map(({ code }) => code))].sort().join(', ');
    const message = `${this.#files.size} configuration files that phones asked for within the last hour cannot be built (${codes}): these phones may not register. The log names them (docs/configuration-files.md).`;
    return [{ code: 'configuration-unbuildable', message }];
  }
}
