import type { CapfTrust } from '../capf-trust.js';
import type { Clock } from '../clock.js';
import type { HeldCertificate } from '../identity.js';
import type { Persistence } from '../persistence.js';
import type { BootKeeper } from './boot-directory.js';
import type { FilePlace } from './file-place.js';
import type { TracedStep } from './trace.js';

/** A phone that is switched on. */
export interface BootOptions {
  /** Device name, e.g. `SEP001122334455`. */
  readonly name: string;
  readonly place: FilePlace;
  /** Where it fetches its configuration on the same host when its trust list tells it to do so over HTTPS; 6971 by default. */
  readonly httpsPort?: number | undefined;
  /** What the user has entered on the phone. */
  readonly authString?: string | undefined;
  /** The certificate that it left the factory with; the one that it kept where it has a directory. */
  readonly mic?: HeldCertificate | undefined;
  /** Who may have issued its LSC; not checked without them, since trust lists do not say it. */
  readonly lscIssuers?: CapfTrust | undefined;
  /** Keeps state from boot to boot; for this boot alone by default. */
  readonly keeper?: BootKeeper | undefined;
  /** How it comes again when no CAPF server can be reached; three times, 30 s apart, by default. */
  readonly persistence?: Persistence | undefined;
  /** How long it takes to reset after a CAPF session, before it asks for files again; 1,000 ms by default, real phones take longer. */
  readonly resetMs?: number | undefined;
  /** How long it waits for a whole file, and for each answer of CAPF; 10,000 ms by default. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly observe?: ((step: TracedStep) => void) | undefined;
}
