import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Constructed, Integer, Null, ObjectIdentifier } from 'asn1js';
import { type Chaos, calm } from './chaos.js';
import { type FakeCa, type Flaw, flaws } from './fake-ca.js';
import { type RequestFacts, readRequest } from './fake-ca-request.js';
import {
  type CmpQuestion,
  derOf,
  numberOf,
  octetsOf,
  parse,
  partsOf,
  readQuestion,
  sequence,
  statusInfo,
  tagged,
  writeAnswer,
} from './fake-cmp-messages.js';
import { type FakeProtection, subjectOf } from './fake-cmp-protection.js';
import { failureBits, Refusal } from './fake-cmp-refusal.js';
import { readTemplate } from './fake-cmp-template.js';

/** What a fake server does with the requests that come from now on. */
export type CmpBehaviour = 'issue' | 'deny' | 'pendThenIssue' | 'pendThenDeny' | 'slow' | 'loseAnswer' | Flaw;

export interface FakeCmpSettings {
  readonly ca: FakeCa;
  readonly protection: FakeProtection;
  /** `explicit`: certificates are to be confirmed even when the question asks for none of that. */
  readonly confirmation: 'implicit' | 'explicit';
  readonly chaos?: Chaos;
  /** What `slow` means. */
  readonly slowMs?: number;
  /** Of which keys (SHA-256, hex) it says when it is to `issue`, too, that they have to wait for a decision. */
  readonly pends?: (key: string) => boolean;
}

interface Transaction {
  readonly facts: RequestFacts;
  readonly requestId: number;
  readonly behaviour: CmpBehaviour;
  readonly implicitConfirm: boolean;
  /** How often it was asked about. */
  polls: number;
  certificate: Uint8Array | undefined;
  confirmed: boolean;
  /** The last of ours, which the next question repeats. */
  nonce: Uint8Array | undefined;
}

/** What is answered: the kind of a body, and the body. */
interface Reply {
  readonly kind: number;
  readonly body: Constructed | Null;
  readonly implicitConfirm?: boolean;
}

/**
 * A CMP server as strict as RFC 4210 and RFC 9483 allow, on 127.0.0.1, which really issues. It shares no code with the
 * client.
 */
export class FakeCmp implements AsyncDisposable {
  /** What every request waits for, once it is there, before anything comes of it. */
  held: Promise<void> | undefined;
  /** Requests that came, whatever came of them. */
  came = 0;
  readonly #settings: FakeCmpSettings;
  readonly #server: Server;
  readonly #transactions = new Map<string, Transaction>();
  readonly #faults: unknown[] = [];
  readonly #kinds: number[] = [];
  #port = 0;
  behaviour: CmpBehaviour = 'issue';

  private constructor(settings: FakeCmpSettings) {
    this.#settings = settings;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((fault: unknown) => {
        this.#faults.push(fault);
        response.destroy();
      });
    });
  }

  static async start(settings: FakeCmpSettings): Promise<FakeCmp> {
    const fake = new FakeCmp(settings);
    await fake.listen();
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/cmp`;
  }

  /** Kinds of the bodies that came, by the numbers of their tags. */
  get kinds(): readonly number[] {
    return this.#kinds;
  }

  /** What a server of tests must never run into. */
  get faults(): readonly unknown[] {
    return this.#faults;
  }

  /** Certificates that were issued and never confirmed. */
  get unconfirmed(): number {
    return [...this.#transactions.values()].filter((each) => each.certificate !== undefined && !each.confirmed).length;
  }

  /** Listens, at the same port as before. */
  async listen(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Listens no more; connections are ended. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  /** Forgets what it knows of transactions, as servers do in time. */
  forget(): void {
    this.#transactions.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.came += 1;
    await this.held;
    const fate = (this.#settings.chaos ?? calm).fate();
    if (fate.delayMs > 0) await delay(fate.delayMs);
    if (fate.course === 'close') return void response.destroy();
    if (fate.course === 'busy') return void response.writeHead(503).end('busy');
    if (request.url !== '/cmp') return void response.writeHead(404).end();
    if (request.method !== 'POST' || request.headers['content-type'] !== 'application/pkixcmp') {
      return void response.writeHead(415).end();
    }
    const question = readQuestion(Buffer.concat(chunks));
    this.#kinds.push(question.kind);
    const reply = await this.#decide(question);
    // Whoever answers does not know that the answer is lost: its nonce is the last one.
    const answer = this.#write(question, reply);
    const lost = this.behaviour === 'loseAnswer' && isRequest(question);
    if (lost || fate.course === 'loseAnswer') return void response.destroy();
    response.writeHead(200, { 'content-type': 'application/pkixcmp' }).end(answer);
  }

  #write(to: CmpQuestion, { kind, body, implicitConfirm = false }: Reply): Uint8Array {
    const { protection } = this.#settings;
    const senderNonce = randomBytes(16);
    const transaction = this.#transactions.get(hex(to.transactionId));
    if (transaction !== undefined) transaction.nonce = senderNonce;
    const [certificate = this.#settings.ca.certificate] = protection.certificates;
    const { algorithm: protectionAlgorithm, senderKeyId, certificates } = protection;
    return writeAnswer(
      {
        to,
        sender: subjectOf(certificate),
        protectionAlgorithm,
        senderKeyId,
        senderNonce,
        implicitConfirm,
        kind,
        body,
      },
      (bytes) => protection.protect(bytes),
      certificates,
    );
  }

  async #decide(question: CmpQuestion): Promise<Reply> {
    try {
      this.#checkHeader(question);
      if (isRequest(question)) return await this.#takeRequest(question);
      if (question.kind === kind.genm) return this.#tellChain(question);
      if (question.kind === kind.rr) return revoked(question);
      const transaction = this.#known(question);
      if (question.kind === kind.pollReq) return await this.#takePoll(transaction, question);
      if (question.kind === kind.certConf) return confirmed(transaction, question);
      throw new Refusal('badRequest', 'This message is not served.');
    } catch (fault) {
      if (fault instanceof Refusal) return { kind: kind.error, body: fault.body };
      throw fault;
    }
  }

  #checkHeader(question: CmpQuestion): void {
    const { ca, protection } = this.#settings;
    if (!protection.believes(question)) throw new Refusal('badMessageCheck', 'The protection is wrong.');
    if (Math.abs(question.time.getTime() - Date.now()) > 60_000) throw new Refusal('badTime', 'The time is wrong.');
    if (hex(question.recipient) !== hex(subjectOf(ca.certificate))) {
      throw new Refusal('wrongAuthority', 'The recipient is another.');
    }
    if (question.transactionId.length !== 16 || question.senderNonce.length !== 16) {
      throw new Refusal('badRequest', 'transactionID and senderNonce must have 16 bytes.');
    }
  }

  /** Whoever lost our last answer cannot repeat its nonce; a wrong one is refused. */
  #known({ transactionId, recipientNonce }: CmpQuestion): Transaction {
    const transaction = this.#transactions.get(hex(transactionId));
    if (transaction === undefined) throw new Refusal('badRequest', 'The transaction is unknown.');
    if (recipientNonce !== undefined && transaction.nonce !== undefined) {
      if (hex(recipientNonce) !== hex(transaction.nonce))
        throw new Refusal('badRecipientNonce', 'Another nonce is due.');
    }
    return transaction;
  }

  async #takeRequest(question: CmpQuestion): Promise<Reply> {
    if (this.#transactions.has(hex(question.transactionId))) {
      throw new Refusal('transactionIdInUse', 'The transaction is known already.');
    }
    const { facts, requestId } = factsOf(question);
    const waits = this.#settings.pends?.(createHash('sha256').update(facts.spki).digest('hex')) ?? false;
    const transaction: Transaction = {
      facts,
      requestId,
      behaviour: waits && this.behaviour === 'issue' ? 'pendThenIssue' : this.behaviour,
      implicitConfirm:
        this.#settings.confirmation === 'implicit' && question.information.includes('1.3.6.1.5.5.7.4.13'),
      polls: 0,
      certificate: undefined,
      confirmed: false,
      nonce: undefined,
    };
    this.#transactions.set(hex(question.transactionId), transaction);
    if (transaction.behaviour === 'slow') await delay(this.#settings.slowMs ?? 1_000);
    const pends = transaction.behaviour === 'pendThenIssue' || transaction.behaviour === 'pendThenDeny';
    return pends ? waiting(transaction) : await this.#conclude(transaction);
  }

  async #takePoll(transaction: Transaction, { body }: CmpQuestion): Promise<Reply> {
    if (numberOf(partsOf(partsOf(body)[0])[0]) !== transaction.requestId) {
      throw new Refusal('badRequest', 'There is no such certReqId.');
    }
    const pends = transaction.behaviour === 'pendThenIssue' || transaction.behaviour === 'pendThenDeny';
    transaction.polls += 1;
    if (!pends || transaction.polls > 1) return await this.#conclude(transaction);
    const entry = sequence(new Integer({ value: transaction.requestId }), new Integer({ value: 0 }));
    return { kind: kind.pollRep, body: sequence(entry) };
  }

  async #conclude(transaction: Transaction): Promise<Reply> {
    const { behaviour, facts, requestId, implicitConfirm } = transaction;
    if (behaviour === 'deny' || behaviour === 'pendThenDeny') {
      const status = statusInfo(2, 'Not by\u0007 this template.', failureBits.badCertTemplate);
      return { kind: kind.cp, body: responses(sequence(new Integer({ value: requestId }), status)) };
    }
    const flaw = flaws.find((each) => each === behaviour);
    transaction.certificate ??= await this.#settings.ca.certify(facts, flaw);
    transaction.confirmed ||= implicitConfirm;
    const pair = sequence(tagged(0, parse(transaction.certificate)));
    const body = responses(sequence(new Integer({ value: requestId }), statusInfo(0), pair));
    return { kind: kind.cp, body, implicitConfirm };
  }

  #tellChain({ body }: CmpQuestion): Reply {
    const caCerts = new ObjectIdentifier({ value: '1.3.6.1.5.5.7.4.17' });
    const asked = partsOf(partsOf(body)[0])[0];
    if (!asked?.isEqual(caCerts)) throw new Refusal('badRequest', 'It is not known here.');
    const { ca } = this.#settings;
    const certificates = sequence(...[ca.certificate, ...ca.chain].map(parse));
    return { kind: kind.genp, body: sequence(sequence(caCerts, certificates)) };
  }
}

const kind = {
  cr: 2,
  cp: 3,
  p10cr: 4,
  rr: 11,
  rp: 12,
  pkiConf: 19,
  genm: 21,
  genp: 22,
  error: 23,
  certConf: 24,
  pollReq: 25,
  pollRep: 26,
} as const;

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

function isRequest(question: CmpQuestion): boolean {
  return question.kind === kind.cr || question.kind === kind.p10cr;
}

/** What is asked for, by whose word: a registration authority's or, in a PKCS#10, the key's own. */
function factsOf({ kind: asked, body }: CmpQuestion): { facts: RequestFacts; requestId: number } {
  try {
    if (asked === kind.cr) return { facts: readTemplate(body), requestId: 0 };
    const facts = readRequest(derOf(body));
    if (facts.signed) return { facts, requestId: -1 };
  } catch (fault) {
    throw new Refusal('badDataFormat', fault instanceof Error ? fault.message : 'It cannot be read.');
  }
  throw new Refusal('badPOP', 'The PKCS#10 is not signed.');
}

function responses(response: Constructed): Constructed {
  return sequence(sequence(response));
}

function waiting({ requestId }: Transaction): Reply {
  return { kind: kind.cp, body: responses(sequence(new Integer({ value: requestId }), statusInfo(3))) };
}

function confirmed(transaction: Transaction, { body }: CmpQuestion): Reply {
  const { certificate, requestId } = transaction;
  if (certificate === undefined) throw new Refusal('badRequest', 'There is nothing to confirm.');
  if (transaction.confirmed) throw new Refusal('certConfirmed', 'It is confirmed already.');
  const [hash, id] = partsOf(partsOf(body)[0]);
  const right = createHash('sha256').update(certificate).digest();
  if (!right.equals(octetsOf(hash)) || numberOf(id) !== requestId) {
    throw new Refusal('badRequest', 'It is another certificate that is confirmed.');
  }
  transaction.confirmed = true;
  return { kind: kind.pkiConf, body: new Null() };
}

function revoked({ body }: CmpQuestion): Reply {
  const template = partsOf(partsOf(partsOf(body)[0])[0]);
  const named = template.map(({ idBlock }) => idBlock.tagNumber);
  if (named.join() !== '1,3') throw new Refusal('badCertTemplate', 'Serial number and issuer are due.');
  return { kind: kind.rp, body: sequence(sequence(statusInfo(0))) };
}
