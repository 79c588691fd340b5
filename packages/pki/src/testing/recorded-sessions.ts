import { readFile } from 'node:fs/promises';

/** A recorded session of the conformance set, as far as proofs of identity need it. */
export interface RecordedSession {
  readonly name: string;
  readonly authentication: string;
  readonly messages: readonly { readonly from: 'server' | 'phone'; readonly hex: string }[];
  readonly materials: Readonly<Record<string, string | number>>;
}

/** The sessions in which a phone was to prove itself by certificate. */
export async function recordedCertificateSessions(): Promise<readonly RecordedSession[]> {
  const file = new URL('../../../protocol/conformance/vectors.json', import.meta.url);
  const { sessions } = JSON.parse(await readFile(file, 'utf8')) as { sessions: readonly RecordedSession[] };
  return sessions.filter(({ authentication }) => authentication === 'certificate');
}

/** What a phone sent to prove itself; undefined is what it did not send. */
export interface RecordedProof {
  readonly sessionId: number;
  readonly deviceName: string;
  readonly certificate: Uint8Array | undefined;
  readonly sha1: Uint8Array | undefined;
  readonly sha2: { readonly digestId: number; readonly signature: Uint8Array } | undefined;
  readonly sudi: readonly { readonly id: number; readonly bytes: Uint8Array }[] | undefined;
}

/** The proof in an AUTH_RESPONSE, by capf-wire-protocol.md, sections 1, 3 and 6; throws a RangeError for what is cut short. */
export function readRecordedProof(hex: string): RecordedProof {
  const message = Buffer.from(hex, 'hex');
  const elements = new Map<number, Buffer>();
  for (let at = 8; at < message.length; at += 3 + message.readUInt16BE(at + 1)) {
    elements.set(message.readUInt8(at), message.subarray(at + 3, at + 3 + message.readUInt16BE(at + 1)));
  }
  const certificate = elements.get(4);
  if (certificate !== undefined && certificate.length < 5) throw new RangeError('The certificate is cut short.');
  const sha2 = elements.get(20);
  const sudi = elements.get(16);
  return {
    sessionId: message.readUInt32BE(2),
    deviceName: (elements.get(13) ?? Buffer.alloc(1)).subarray(0, -1).toString('latin1'),
    certificate: certificate?.subarray(5),
    sha1: elements.get(6),
    sha2: sha2 && { digestId: sha2.readUInt8(0), signature: sha2.subarray(3, 3 + sha2.readUInt16BE(1)) },
    sudi: sudi && readParts(sudi),
  };
}

function readParts(element: Buffer): readonly { readonly id: number; readonly bytes: Uint8Array }[] {
  const parts: { id: number; bytes: Uint8Array }[] = [];
  let rest = element;
  for (let part = 0; part < 3; part++) {
    const end = 3 + rest.readUInt16BE(1);
    parts.push({ id: rest.readUInt8(0), bytes: rest.subarray(3, end) });
    rest = rest.subarray(end);
  }
  return parts;
}
