import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  nameOf,
  type Sample,
  sampleBytes,
  sampleCertificate,
  sampleKeys,
  samples,
  signedAgain,
} from '../samples.test.support.js';
import { knownSigner, openEncryptedFile, readSignedFile, readTrustList, TftpError } from './index.js';

const seed = Number(process.env['OPENCAPF_FUZZ_SEED'] ?? 20261127);
const signers = [knownSigner(sampleCertificate('CallManager'))];
const { privateKey: phoneKey } = sampleKeys('phone-key');
const sound = samples.filter(({ expect }) => expect.result === 'valid');

const readers = {
  '.sgn': (file: Uint8Array, fileName: string) => readSignedFile(file, { fileName, signers }),
  '.enc.sgn': (file: Uint8Array, fileName: string) => openEncryptedFile(file, { fileName, signers, phoneKey }),
  '.tlv': (file: Uint8Array, fileName: string) =>
    readTrustList(file, { kind: fileName.startsWith('ctl') ? 'ctl' : 'itl', known: 'first-list' }),
} as const;

function extension(path: string): keyof typeof readers {
  if (path.endsWith('.tlv')) return '.tlv';
  return path.endsWith('.enc.sgn') ? '.enc.sgn' : '.sgn';
}

/** What comes of the bytes: `taken`, or the code of the refusal. Whatever else is thrown goes through. */
function outcome(kind: keyof typeof readers, fileName: string, file: Uint8Array): string {
  try {
    readers[kind](file, fileName);
    return 'taken';
  } catch (error) {
    if (error instanceof TftpError) return error.code;
    throw error;
  }
}

/** The same outcome with other bytes before and behind, so that nothing was read there. */
function boundedOutcome(kind: keyof typeof readers, fileName: string, file: Uint8Array): string {
  const alone = outcome(kind, fileName, Uint8Array.from(file));
  for (const filling of [0x00, 0x0d, 0xff]) {
    const surroundings = new Uint8Array(file.length + 80_000).fill(filling);
    surroundings.set(file, 7);
    const among = outcome(kind, fileName, surroundings.subarray(7, 7 + file.length));
    assert.equal(among, alone, `with ${filling} around it`);
  }
  return alone;
}

test('no bytes make a reader throw anything but a TftpError, or read beyond them', () => {
  const beginning = fc.constantFrom('', '0100020100020002', '0100020200020002', '0100020102020002');
  const bytes = fc.tuple(beginning, fc.uint8Array({ maxLength: 200 }));
  fc.assert(
    fc.property(fc.constantFrom('.sgn', '.enc.sgn', '.tlv'), bytes, (kind, [start, rest]) => {
      assert.notEqual(boundedOutcome(kind, 'any', Buffer.concat([Buffer.from(start, 'hex'), rest])), 'taken');
    }),
    { seed, numRuns: 600 },
  );
});

test('no sample that is cut off anywhere is taken', () => {
  for (const path of ['sgn-sha1/SEP001122334455.cnf.xml.sgn', 'enc-sha1/SEP001122334455.cnf.xml.enc.sgn']) {
    const file = sampleBytes(path);
    for (let length = 0; length < file.length; length += 1) {
      assert.notEqual(outcome(extension(path), nameOf(path), file.subarray(0, length)), 'taken', `${path} ${length}`);
    }
  }
});

test('no sample is taken in which a byte was changed, wherever it stands', () => {
  for (const path of ['enc-sha1/SEP001122334455.cnf.xml.enc.sgn', 'seed-layout/ctl.tlv']) {
    const file = sampleBytes(path);
    const headerLength = file.readUInt16BE(8);
    for (let at = 0; at < file.length; at += at < headerLength ? 1 : 16) {
      file[at] = (file[at] ?? 0) ^ 0x01;
      assert.notEqual(outcome(extension(path), nameOf(path), file), 'taken', `${path}, byte ${at}`);
      file[at] = (file[at] ?? 0) ^ 0x01;
    }
  }
});

interface Change {
  /** Where, as a part of the file. */
  readonly at: number;
  readonly removed: number;
  readonly inserted: Uint8Array;
}

const at = fc.double({ min: 0, max: 1, noNaN: true });
/** Most changes keep the length, so that they come further than to the first item behind them. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc
    .record({ at, inserted: fc.uint8Array({ minLength: 1, maxLength: 4 }) })
    .map(({ at, inserted }) => ({ at, inserted, removed: inserted.length })),
  fc.record({ at, removed: fc.integer({ min: 0, max: 6 }), inserted: fc.uint8Array({ maxLength: 6 }) }),
);

/** The changes are made to what stands behind the signature, and the header length is set right for some. */
function changed(sample: Sample, changes: readonly Change[], keepsHeader: boolean): Buffer {
  let file = sampleBytes(sample.path);
  const start = sample.header.signatureOffset + 259;
  for (const { at, removed, inserted } of changes) {
    const place = start + Math.floor(at * (file.length - start));
    file = Buffer.concat([file.subarray(0, place), inserted, file.subarray(place + removed)]);
    const { headerLength } = sample.header;
    if (!keepsHeader && place < headerLength) file.writeUInt16BE(headerLength + inserted.length - removed, 8);
  }
  return file;
}

test('samples that were altered are refused, and what a known signer signs is at worst refused', () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(
      fc.constantFrom(...sound),
      fc.array(change, { minLength: 1, maxLength: 2 }),
      fc.boolean(),
      (sample, changes, keepsHeader) => {
        const file = changed(sample, changes, keepsHeader);
        const [kind, name] = [extension(sample.path), nameOf(sample.path)];
        const isSame = file.equals(sampleBytes(sample.path));
        assert.equal(outcome(kind, name, file) === 'taken', isSame, sample.path);
        const hash = sample.header.hashAlgorithm === 1 ? 'sha1' : 'sha512';
        const signer = kind === '.tlv' ? 'SAST' : 'CallManager';
        const again = signedAgain(file, sample.header.signatureOffset, signer, hash);
        outcomes.add(boundedOutcome(kind, name, again));
      },
    ),
    { seed, numRuns: 1_000 },
  );
  assert.ok(outcomes.has('taken') && outcomes.size > 5, [...outcomes].join(' '));
});
