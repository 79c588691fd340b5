import { type BaseBlock, BitString, Primitive, Sequence } from 'asn1js';
import type { RequestFacts } from './fake-ca-request.js';
import { derOf, identifierOf, numberOf, octetsOf, parse, partsOf } from './fake-cmp-messages.js';

const commonName = '2.5.4.3';
const keyUsage = '2.5.29.15';

/**
 * Reads CertReqMessages as a strict authority does that believes a registration authority (RFC 4211): one request, number 0,
 * with subject, key, a key usage and `raVerified`, and nothing else. Throws in words when it is not so.
 */
export function readTemplate(messages: BaseBlock): RequestFacts {
  const [message, ...others] = partsOf(messages);
  if (others.length > 0) throw new Error('There is more than one request.');
  const [request, proof, ...more] = partsOf(message);
  const vouched = proof instanceof Primitive && proof.idBlock.tagNumber === 0 && derOf(proof).length === 2;
  if (!vouched || more.length > 0) throw new Error('It is not raVerified.');
  const [id, template, ...controls] = partsOf(request);
  if (numberOf(id) !== 0 || controls.length > 0) throw new Error('It is not the request number 0, without controls.');
  const fields = partsOf(template);
  if (fields.map(({ idBlock }) => idBlock.tagNumber).join() !== '5,6,9') {
    throw new Error('Subject, public key and extensions are due.');
  }
  const [subject, publicKey, extensions] = fields;
  const usage = partsOf(extensions).find((extension) => identifierOf(partsOf(extension)[0]) === keyUsage);
  const bits = usage && parse(octetsOf(partsOf(usage).at(-1)));
  if (!(bits instanceof BitString)) throw new Error('No key usage is asked for.');
  const spki = Buffer.from(new Sequence({ value: [...partsOf(publicKey)] }).toBER());
  return { name: nameOf(partsOf(subject)[0]), spki, signed: false };
}

function nameOf(subject: BaseBlock | undefined): string {
  const [type, value] = partsOf(partsOf(partsOf(subject)[0])[0]);
  if (identifierOf(type) !== commonName || value === undefined) throw new Error('The subject has no common name.');
  return Buffer.from(derOf(value).subarray(2)).toString('utf8');
}
