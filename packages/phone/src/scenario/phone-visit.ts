import { generateKeyPair, type KeyPair, type KeyType } from '@opencapf/pki';
import { type Complete, createMessage } from '@opencapf/protocol';
import type { EnrollOptions } from '../enroll.js';
import type { EnrollHooks, Outgoing } from '../hooks.js';
import type { PhoneIdentity } from '../identity.js';
import { enrollPersistently, type Persistence, type PersistentEnrollment } from '../persistence.js';
import { createPhoneTls } from '../phone-tls.js';
import type { ProofSettings } from '../proof.js';
import { damageProof } from './damaged-proof.js';
import { milliseconds } from './duration.js';
import { keyNamed } from './key-name.js';
import type { Answer, Pause, PhoneStep } from './language.js';
import type { ScenarioTarget } from './target.js';

/** What a phone of a scenario finds around it. */
export interface PhoneSurroundings {
  readonly target: ScenarioTarget;
  readonly identity: PhoneIdentity;
  /** The key of a phone by its label. */
  readonly keyOf: (label: string) => KeyPair;
  /** Tells that a stage of the session begins. */
  readonly reached: (stage: string) => void;
  readonly pause: (pause: Pause) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Sends one phone to the service, with all that the step says about it. */
export async function visit(step: PhoneStep, surroundings: PhoneSurroundings): Promise<PersistentEnrollment> {
  const { comesAgain } = step;
  const persistence: Persistence = {
    times: comesAgain?.times ?? 0,
    pauseMs: comesAgain === undefined ? 0 : milliseconds(comesAgain.after),
  };
  return await enrollPersistently(visitOptions(step, surroundings), visitHooks(step, surroundings), persistence);
}

function visitOptions(step: PhoneStep, { target, identity, signal }: PhoneSurroundings): EnrollOptions {
  return {
    ...target.capf,
    name: step.phone,
    version: step.version,
    authString: step.authString,
    reason: step.sayReason,
    identity,
    proof: step.proof && proofSettings(step.proof),
    signal,
    signing: step.signing,
    timeoutMs: step.timeout === undefined ? undefined : milliseconds(step.timeout),
    tls: createPhoneTls({ trust: target.trust, version: step.tls, ciphers: step.ciphers }),
    keep:
      step.stores === false ? () => Promise.reject(new Error('the scenario says that it stores nothing')) : undefined,
  };
}

function visitHooks(step: PhoneStep, { keyOf, reached, pause }: PhoneSurroundings): EnrollHooks {
  const { leaves } = step;
  return {
    makeKey: async (asked, reportProgress) => {
      for (let count = step.reportsProgress ?? 0; count > 0; count -= 1) await reportProgress();
      return await makeKey(step, asked, keyOf);
    },
    send: async (message) => {
      const wanted = step.waits?.[message.command];
      if (wanted !== undefined) await pause(wanted);
      const given = step.answers?.[message.command];
      if (given !== undefined) return outgoing(message, given);
      const damage = step.proof?.damage;
      return damage !== undefined && message.command === 'AuthResponse' ? damageProof(message, damage) : message;
    },
    leave: (stage) => {
      reached(stage);
      return leaves?.at === stage ? (leaves.by ?? 'destroy') : undefined;
    },
  };
}

const proofOrder = { lsc: ['lsc'], mic: ['mic'], lscFirst: ['lsc', 'mic'], micFirst: ['mic', 'lsc'] } as const;

function proofSettings({ by, sudi, digest }: NonNullable<PhoneStep['proof']>): ProofSettings {
  return { by: proofOrder[by], sudi, digestId: digest === 'SHA-256' ? 2 : 3 };
}

async function makeKey(
  step: PhoneStep,
  asked: KeyType,
  keyOf: PhoneSurroundings['keyOf'],
): Promise<KeyPair | undefined> {
  if (step.cannotMake?.some((kind) => kind.toLowerCase() === asked.kind)) return undefined;
  if (step.usesKeyOf !== undefined) return keyOf(step.usesKeyOf);
  return await generateKeyPair((step.makesKey === undefined ? undefined : keyNamed(step.makesKey)) ?? asked);
}

function outgoing(message: Complete, answer: Answer): Outgoing {
  if (answer === 'nothing') return [];
  if ('bytes' in answer) return [Buffer.from(answer.bytes.replaceAll(/\s/g, ''), 'hex')];
  const { sessionId } = message;
  switch (message.command) {
    case 'KeyGenerateResponse':
    case 'StoreCertificateResponse':
    case 'FetchCertificateResponse':
    case 'DeleteCertificateResponse':
    case 'SignCertificateResponse':
      return createMessage(message.command, sessionId, answer);
    default:
      return createMessage('EndSession', sessionId, answer);
  }
}
