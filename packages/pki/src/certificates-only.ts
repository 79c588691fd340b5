import { type BaseBlock, Constructed, Sequence } from 'asn1js';
import { ContentInfo, SignedData } from 'pkijs';
import { ownBuffer } from './bytes.js';
import { PkiError } from './errors.js';

/**
 * The certificates of a PKCS#7 message, such as a certificates-only one (RFC 8551, 3.8), DER, in its order; signatures in it
 * are passed over. BER is read, as several programs write PKCS#7; the certificates are taken byte for byte as they stand, and
 * not read.
 *
 * @throws PkiError `pkcs7-unreadable`
 */
export function certificatesOnly(message: Uint8Array): readonly Uint8Array[] {
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
