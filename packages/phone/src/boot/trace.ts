import type { TrustListKind } from '@opencapf/tftp/readers';
import type { Outcome } from '../outcome.js';
import type { BootDecision, CapfReason } from './decision.js';

/** One step of a boot. */
export type BootStep =
  | {
      readonly step: 'file';
      readonly name: string;
      readonly result: 'found' | 'missing';
      readonly bytes?: number;
      /** Absent of what came by the way that the phone was told. */
      readonly over?: 'https';
    }
  | {
      readonly step: 'trustList';
      readonly kind: TrustListKind;
      /** `first`: taken unverified by an older one; `refused`: the one before stays. */
      readonly verdict: 'first' | 'taken' | 'unchanged' | 'refused';
      readonly code?: string;
      readonly sha256?: string;
    }
  | {
      readonly step: 'configuration';
      readonly signed: boolean;
      readonly fullConfig: boolean;
      readonly capfAuthMode: number;
      readonly certHash: string;
      readonly encrConfig: boolean;
      readonly capfServers: readonly string[];
    }
  | { readonly step: 'hash'; readonly own: string | null; readonly certHash: string; readonly equal: boolean }
  | {
      readonly step: 'decision';
      readonly next: BootDecision['next'];
      readonly reason?: CapfReason;
      readonly by?: string;
    }
  | {
      readonly step: 'capf';
      readonly server: string;
      readonly outcome: Outcome['kind'];
      readonly code?: string;
      readonly endReason?: number;
    }
  | { readonly step: 'pause'; readonly milliseconds: number }
  | { readonly step: 'restart'; readonly why: 'lscUpdated' | 'keyRecorded' | 'encryptionSwitchedOff' }
  | { readonly step: 'encrypted'; readonly opened: boolean; readonly code?: string };

/** A step with its time, milliseconds since 1970. */
export type TracedStep = BootStep & { readonly at: number };
