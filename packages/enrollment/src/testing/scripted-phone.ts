import {
  authResponse,
  type CertificateProof,
  type CommandName,
  type Complete,
  deleteCertificateResponse,
  fetchCertificateResponse,
  keyGenerateResponse,
  type Message,
  type MessageOf,
  ProtocolError,
  storeCertificateResponse,
} from '@opencapf/protocol';
import type { Conversation, Heard, LostReason, Peer } from '../conversation.js';

/** What the phone does when it is asked: messages in their order, or an end. */
export type Reaction = Complete | readonly Complete[] | LostReason | ProtocolError;

/** What a scripted phone does on each request; a function may wait for what a test does meanwhile. */
export type Script = {
  readonly [C in CommandName]?: (request: MessageOf<C>) => Reaction | Promise<Reaction>;
};

let nextNumber = 1;

/** A phone that plays a script without a socket, and remembers what it was sent. */
export class ScriptedPhone implements Conversation {
  readonly sessionId: number;
  readonly peer: Peer = {
    remoteAddress: '192.0.2.7',
    remotePort: 50_000,
    listener: 'capf',
    tlsVersion: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    connectedAt: new Date('2026-11-20T18:00:00Z'),
  };
  readonly received: Complete[] = [];
  /** How our side ended it: the reason of END_SESSION, or hung up. */
  ended: number | 'hung up' | undefined;
  readonly #script: Script;
  readonly #pending: Heard[] = [];
  #hangUp: (() => void) | undefined;

  constructor(script: Script, sessionId = nextNumber++) {
    this.sessionId = sessionId;
    this.#script = script;
  }

  async ask(message: Complete): Promise<Heard> {
    this.received.push(message);
    const hungUp = new Promise<Reaction>((resolve) => {
      this.#hangUp = () => resolve('closed-by-us');
    });
    this.#pending.push(...asHeard((await Promise.race([this.reactTo(message), hungUp])) as Reaction));
    return await this.hear();
  }

  /** What the script says to a request, for another phone that is to say the same. */
  reactTo(request: Message): Reaction | Promise<Reaction> {
    const react = this.#script[request.command] as ((request: Message) => Reaction | Promise<Reaction>) | undefined;
    return react?.(request) ?? 'phone-left';
  }

  async hear(): Promise<Heard> {
    return this.#pending.shift() ?? { kind: 'lost', reason: 'phone-left' };
  }

  /** What a full service would say. */
  hasRoom = true;

  authenticated(): boolean {
    return this.hasRoom;
  }

  async endSession(reason: number): Promise<void> {
    this.ended ??= reason;
  }

  hangUp(): void {
    this.ended ??= 'hung up';
    this.#hangUp?.();
  }

  /** Commands of what it was sent, in order. */
  get commands(): readonly CommandName[] {
    return this.received.map(({ command }) => command);
  }
}

function asHeard(reaction: Reaction): readonly Heard[] {
  if (typeof reaction === 'string') return [{ kind: 'lost', reason: reaction }];
  if (reaction instanceof ProtocolError) return [{ kind: 'fault', fault: reaction }];
  if ('command' in reaction) return [{ kind: 'message', message: reaction }];
  return reaction.map((message) => ({ kind: 'message', message }));
}

/** What an ordinary phone says and has. */
export interface OrdinaryPhone {
  readonly name: string;
  readonly version?: 2 | 3;
  readonly password?: string;
  /** What it shows to prove itself. */
  readonly proof?: (sessionId: number) => CertificateProof;
  /** DER SubjectPublicKeyInfo of the key it makes. */
  readonly publicKey?: Uint8Array;
  /** DER of the certificate that it shows. */
  readonly certificate?: Uint8Array;
  /** What it does otherwise. */
  readonly but?: Script;
}

/** A phone that does what it is asked. */
export function ordinaryPhone({
  name,
  version = 3,
  password,
  proof,
  publicKey,
  certificate,
  but,
}: OrdinaryPhone): ScriptedPhone {
  return new ScriptedPhone({
    AuthRequest: ({ sessionId }) =>
      version === 2
        ? authResponse(sessionId, { version, deviceName: name })
        : authResponse(sessionId, { version, deviceName: name, password, proof: proof?.(sessionId) }),
    KeyGenerateRequest: ({ sessionId }) =>
      keyGenerateResponse(sessionId, publicKey === undefined ? { reason: 7 } : { publicKey }),
    StoreCertificateRequest: ({ sessionId }) => storeCertificateResponse(sessionId, 1),
    FetchCertificateRequest: ({ sessionId }) => fetchCertificateResponse(sessionId, certificate),
    DeleteCertificateRequest: ({ sessionId }) =>
      deleteCertificateResponse(sessionId, certificate === undefined ? 7 : 1),
    ...but,
  });
}
