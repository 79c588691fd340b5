import type { BaseBlock } from 'asn1js';
import { ownBuffer, sameBytes } from './bytes.js';
import { DerReader, readSoleElement } from './der-reader.js';
import { derTag } from './der-writer.js';
import { PkiError } from './errors.js';
import { pkcs7 } from './late-libraries.js';
import { derObjectIdentifier, oid } from './object-identifiers.js';

/**
 * The certificates of a PKCS#7 message, such as a certificates-only one (RFC 8551, 3.8), DER, in its order; signatures in it
 * are passed over. BER is read, as several programs write PKCS#7; the certificates are taken byte for byte as they stand, and
 * not read.
 *
 * @throws PkiError `pkcs7-unreadable`
 */
export function certificatesOnly(message: Uint8Array): readonly Uint8Array[] {
  return certificatesInDer(message) ?? certificatesInBer(message);
}

const signedData = derObjectIdentifier(oid.pkcs7SignedData);

/**
 * The same of a message that is DER, as most authorities answer to each request: this costs a hundredth of what reading BER
 * does. Undefined for any other.
 */
function certificatesInDer(message: Uint8Array): readonly Uint8Array[] | undefined {
  try {
    const info = new DerReader(readSoleElement(message, derTag.sequence).content);
    if (!sameBytes(info.read(derTag.objectIdentifier).raw, signedData)) return undefined;
    const content = new DerReader(readSoleElement(info.read(derTag.explicit0).content, derTag.sequence).content);
    info.end();
    content.read(derTag.integer);
    content.read(derTag.set);
    content.read(derTag.sequence);
    const certificates: Uint8Array[] = [];
    if (content.nextTag === derTag.explicit0) {
      const set = new DerReader(content.read().content);
      while (!set.atEnd) certificates.push(ownBuffer(set.read().raw));
    }
    if (content.nextTag === derTag.explicit1) content.read();
    content.read(derTag.set);
    content.end();
    return certificates;
  } catch (fault) {
    if (fault instanceof PkiError) return undefined;
    throw fault;
  }
}

function certificatesInBer(message: Uint8Array): readonly Uint8Array[] {
  const {
    pkijs: { ContentInfo, SignedData },
    asn1js: { Constructed, Sequence },
  } = pkcs7();
  try {
    const info = ContentInfo.fromBER(ownBuffer(message));
    if (info.contentType === ContentInfo.SIGNED_DATA && info.content instanceof Sequence) {
      new SignedData({ schema: info.content });
      const set = info.content.valueBlock.value.find((element) => isContextTag(element, 0));
      return set instanceof Constructed
        ? set.valueBlock.value.map((each) => new Uint8Array(each.valueBeforeDecodeView))
        : [];
    }
  } catch (cause) {
    throw new PkiError('pkcs7-unreadable', undefined, { cause });
  }
  throw new PkiError('pkcs7-unreadable', 'The PKCS#7 message holds something else than certificates.');
}

function isContextTag({ idBlock }: BaseBlock, tag: number): boolean {
  return idBlock.tagClass === 3 && idBlock.tagNumber === tag;
}
