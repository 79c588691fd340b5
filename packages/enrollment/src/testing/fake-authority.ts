import { type AuthorityClient, type ClientOutcome, ExternalAuthority, LocalAuthority } from '@opencapf/authority';
import {
  createCapfCertificate,
  createSigner,
  generateKeyPair,
  type Issuer,
  loadIssuer,
  sha256Hex,
} from '@opencapf/pki';
import { type Rig, today } from './rig.js';

/** What a fake authority does about a request. */
export type Answer = ClientOutcome | 'issue' | Error;

/** A CA elsewhere that does as the test says. */
export interface FakeAuthority {
  /** The issuer's number. */
  readonly id: number;
  readonly issuer: Issuer;
  /** What is done when a request is sent, polled and reconciled; a function may wait. */
  readonly answers: {
    submit: (key: Uint8Array) => Promise<Answer> | Answer;
    poll: (key: Uint8Array) => Promise<Answer> | Answer;
    reconcile?: (key: Uint8Array) => Promise<Answer> | Answer;
  };
  /** SHA-256 of the keys that were sent, lower-case hex, in order. */
  readonly asked: string[];
  /** What a test may change of its terms. */
  readonly terms: { patienceMs: number };
  /** The certificate that it issues for a name and key, DER. */
  certificateFor(deviceName: string, spki: Uint8Array): Promise<Uint8Array>;
}

/** What is otherwise of an authority. */
export interface FakeTerms {
  readonly name?: string;
  readonly patienceMs?: number;
  readonly concurrency?: number;
  readonly timeoutMs?: number;
  readonly storeReadyCertificate?: boolean;
  readonly reconciles?: boolean;
  readonly proofOfPossession?: 'none' | 'phone';
}

/** Puts an authority elsewhere on record, which issues at once unless the test says otherwise. */
export async function addFakeAuthority(rig: Rig, terms: FakeTerms = {}): Promise<FakeAuthority> {
  const { name = 'site CA', reconciles = false, proofOfPossession = 'none' } = terms;
  const signer = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
  const certificate = await createCapfCertificate(signer, {}, today);
  const issuer = loadIssuer(certificate, signer);
  const ca = new LocalAuthority(issuer, { minRsaBits: 512 });
  const certificateFor = async (deviceName: string, spki: Uint8Array): Promise<Uint8Array> => {
    const expectedKey = { kind: 'rsa', size: 1024 } as const;
    return (await ca.issue(await ca.prepare({ deviceName, spki, expectedKey, now: rig.services.clock() }))).certificate;
  };
  const asked: string[] = [];
  const answers: FakeAuthority['answers'] = { submit: () => 'issue', poll: () => 'issue' };
  const answer = async (
    { deviceName, spki }: { readonly deviceName: string; readonly spki: Uint8Array },
    told: Promise<Answer> | Answer,
  ): Promise<ClientOutcome> => {
    const said = await told;
    if (said instanceof Error) throw said;
    return said === 'issue' ? { state: 'issued', certificates: [await certificateFor(deviceName, spki)] } : said;
  };
  let composed = 0;
  const client: AuthorityClient = {
    async compose({ deviceName, spki, certificationRequest }) {
      composed += 1;
      const reference = `${name} ${composed}`;
      return { deviceName, spki, request: await certificationRequest(), reference };
    },
    async submit(request) {
      asked.push(sha256Hex(request.spki));
      return await answer(request, answers.submit(request.spki));
    },
    poll: async (request) => await answer(request, answers.poll(request.spki)),
    ...(reconciles
      ? { reconcile: async (request) => await answer(request, answers.reconcile?.(request.spki) ?? 'issue') }
      : {}),
    close: async () => undefined,
  };
  const held = { patienceMs: 20_000, concurrency: 16, timeoutMs: 10_000, storeReadyCertificate: true, ...terms };
  rig.elsewhere.set(name, {
    authority: new ExternalAuthority(client, {
      kind: 'est',
      issuerCertificate: certificate,
      proofOfPossession,
      minRsaBits: 512,
      now: rig.services.clock,
    }),
    terms: held,
  });
  const [row] = await rig.rows<{ id: number }>(
    `insert into opencapf_private.issuer (name, kind, state, certificate) values ($1, 'est', 'active', $2) returning id`,
    name,
    certificate,
  );
  return { id: row?.id ?? 0, issuer, answers, asked, terms: held, certificateFor };
}

/** Gives a device an authority of its own (Certificate Issuer to Endpoint). */
export async function issueBy(rig: Rig, device: number, { id }: FakeAuthority): Promise<void> {
  await rig.rows('update opencapf_private.device set issuer_id = $2 where id = $1', device, id);
}

/** Makes everything due that an attempt put off, and has it looked at; resolves when all that was set about is done. */
export async function lookNow(rig: Rig): Promise<void> {
  await rig.rows(
    `update opencapf_private.authority_request set next_attempt_at = now()
     where ended_at is null and owner is null and next_attempt_at < 'infinity'`,
  );
  await rig.services.requests.look();
  await rig.services.requests.quiet();
}
