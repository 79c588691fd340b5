import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type CertsrvPage, disposition, readCertsrvPage } from './certsrv-page.js';
import { passingFault, refusal } from './refusals.js';

interface Words {
  readonly product: string;
  readonly issued: string;
  readonly download: string;
  readonly pending: string;
  readonly number: (request: string) => string;
  readonly denied: string;
  readonly reason: (request: string, message: string) => string;
  readonly failed: string;
  readonly terms: readonly [disposition: string, message: string, result: string];
}

/** What the pages of some languages say, in our own words: nothing of it may matter. */
const languages: Readonly<Record<string, Words>> = {
  English: {
    product: 'Active Directory Certificate Services',
    issued: 'Your certificate is ready.',
    download: 'Download it',
    pending: 'Somebody has to approve the request, 2 days at most.',
    number: (request) => `The number of the request is ${request}.`,
    denied: 'The request was refused.',
    reason: (request, message) => `The number of the request is ${request}. It was refused with "${message}".`,
    failed: 'The request has failed.',
    terms: ['Disposition:', 'Message:', 'Result:'],
  },
  German: {
    product: 'Active Directory-Zertifikatdienste',
    issued: 'Das Zertifikat ist ausgestellt.',
    download: 'Herunterladen',
    pending: 'Die Anforderung muss noch genehmigt werden (binnen 10 Tagen).',
    number: (request) => `Die Nummer der Anforderung ist ${request}.`,
    denied: 'Die Anforderung wurde verweigert.',
    reason: (request, message) => `Nummer der Anforderung: ${request}. Begr&uuml;ndung: „${message}“.`,
    failed: 'Die Anforderung ist gescheitert.',
    terms: ['Disposition:', 'Meldung:', 'Ergebnis:'],
  },
  French: {
    product: 'Services de certificats Active Directory',
    issued: 'Le certificat est pr&ecirc;t.',
    download: 'T&#233;l&#233;charger',
    pending: 'Un administrateur doit approuver la requête sous 10 jours.',
    number: (request) => `L’identificateur de la requête est ${request}.`,
    denied: 'La requête a été refusée.',
    reason: (request, message) => `L’identificateur de la requête est ${request}. Le message est « ${message} ».`,
    failed: 'La requête a échoué.',
    terms: ['Disposition :', 'Message :', 'Résultat :'],
  },
  Japanese: {
    product: 'Active Directory 証明書サービス',
    issued: '証明書が発行されました。',
    download: 'ダウンロード',
    pending: '管理者の承認を待っています。10 日以内に確認してください。',
    number: (request) => `要求の番号は ${request} です。`,
    denied: '要求は拒否されました。',
    reason: (request, message) => `要求の番号は ${request} です。メッセージは "${message}" です。`,
    failed: '要求は失敗しました。',
    terms: ['処理:', 'メッセージ:', '結果:'],
  },
};

const page = ({ product }: Words, content: string) =>
  `<HTML><Head><Title>${product} 2019</Title></Head><Body BgColor=#FFFFFF><Table Width=100%><TR><TD>` +
  `<LocID ID=locMSCertSrv><B>${product}</B> -- Site CA</LocID></TD></TR></Table>\r\n${content}\r\n</Body></HTML>`;

const issued = (words: Words, request: number) =>
  page(
    words,
    `<P ID=locPageTitle> <B>${words.issued}</B><P><A Href="certnew.cer?ReqID=${request}&amp;Enc=bin">${words.download}</A>` +
      `<A Href="certnew.p7b?ReqID=${request}&amp;Enc=b64">${words.download} (2)</A>`,
  );
const pending = (words: Words, request: number) =>
  page(
    words,
    `<P ID=locPageTitle><P ID=locInfoNewReq> ${words.pending} </P>\r\n<P ID=locInfoReqID>\r\n${words.number(`${request}`)}\r\n</P>`,
  );
const denied = (words: Words, request: number, message: string) =>
  page(
    words,
    `<P ID=locDenied> ${words.denied} </P><P ID=locInfoReqIDandReason>${words.reason(`${request}`, message)}</P>`,
  );
const failed = (words: Words, state: string, message: string, result: string) =>
  page(
    words,
    `<P ID="locPageTitle"><B>${words.failed}</B><DL><DT ID=locDispLabel><B>${words.terms[0]}</B></DT><DD>\r\n\t${state}</DD>` +
      `<DT ID=locDispMsgLabel>${words.terms[1]}</DT><DD>${message}</DD>` +
      `<DT ID=locResultLabel>${words.terms[2]}</DT><DD>${result}</DD></DL>`,
  );

const byPolicy = 'Denied by Policy Module  0x80094800, The request was for a template that is not supported: Phnes.';

describe('the pages of certsrv', () => {
  for (const [language, words] of Object.entries(languages)) {
    it(`are read by their structure in ${language}`, () => {
      assert.equal(readCertsrvPage(issued(words, 41)).issuedRequest, 41);

      const waits = readCertsrvPage(pending(words, 1207));
      assert.deepEqual([waits.issuedRequest, waits.request, waits.saysDenied], [undefined, 1207, false]);

      const refused = readCertsrvPage(denied(words, 43, byPolicy));
      assert.deepEqual([refused.issuedRequest, refused.request, refused.saysDenied], [undefined, 43, true]);
      assert.equal(refused.hresult, '80094800');
      assert.match(refused.words, /Denied by Policy Module 0x80094800/);

      const spacer = '<LocID ID=locDispSpacer>-</LocID> <LocID ID=locDispUnknown>(?)</LocID>';
      const stillWaits = readCertsrvPage(failed(words, `5 ${spacer}`, 'Taken Under Submission', '0x0 (WIN32: 0)'));
      assert.equal(stillWaits.disposition, disposition.pending);
      assert.equal(stillWaits.hresult, undefined);

      const nowRefused = readCertsrvPage(failed(words, `2 ${spacer}`, 'Denied by SITE\\admin', '0x0 (WIN32: 0)'));
      assert.equal(nowRefused.disposition, disposition.denied);
      assert.match(refusal(nowRefused, []), /Denied by SITE\\admin/);

      const neverSet = '<LocID ID=locDispNeverSet>(1)</LocID>';
      const broken = readCertsrvPage(failed(words, neverSet, '<LocID ID=locDispMsgNone>-</LocID>', 'RPC 0x800706ba'));
      assert.equal(broken.disposition, undefined);
      assert.equal(passingFault(broken, 'ca:443')?.code, 'authority-busy');
      assert.equal(passingFault(broken, 'ca:443')?.consequence, 'retry');
    });
  }

  it('are read without the marks of the translators too', () => {
    const bare = (html: string): CertsrvPage => readCertsrvPage(html.replace(/ ID="?\w+"?/g, ''));
    const { English: words } = languages;
    assert.ok(words);
    assert.equal(bare(issued(words, 41)).issuedRequest, 41);
    const waits = { ...words, product: 'Site', pending: 'Wait for somebody.' };
    assert.equal(bare(pending(waits, 1207).replaceAll(' 2019', '')).request, 1207);
    assert.equal(bare(failed(words, '5 - waiting', 'Taken Under Submission', '0x0')).disposition, disposition.pending);
  });

  it('say nothing where they are other pages', () => {
    const login = readCertsrvPage('<html><body><form action="/login">Please log in (2 of 3).</form></body></html>');
    assert.equal(login.issuedRequest ?? login.request ?? login.disposition ?? login.hresult, undefined);
    assert.equal(login.saysDenied, false);
    const chain = readCertsrvPage('<a href="certnew.cer?ReqID=CACert&Renewal=0&Enc=bin">CA</a>');
    assert.equal(chain.issuedRequest, undefined);
  });

  it('cost time that grows with their length alone, whatever they hold', () => {
    const hostile = ['<', '<p id=', '<script>', '<dd>', '&#', '0x8', '<a ', 'certnew.cer?ReqID=', '5 - ', '1 ', '"'];
    for (const piece of hostile) readCertsrvPage(piece.repeat(262_144 / piece.length));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...hostile, '>', '</p>', 'locDispLabel'), { maxLength: 200 }), (pieces) => {
        readCertsrvPage(pieces.join(''));
      }),
    );
  });
});

describe('the reason of a refusal', () => {
  const { English: words } = languages;
  assert.ok(words);

  it('says to correct the template, with the words of the CA, without markup and control characters', () => {
    const message = `${byPolicy.replace('Phnes', '<b>Phnes</b>&#7;&lt;script&gt;')}`;
    const reason = refusal(readCertsrvPage(denied(words, 43, message)), []);
    assert.match(reason, /^Correct the template in the settings of the authority/);
    assert.match(reason, /Denied by Policy Module/);
    assert.doesNotMatch(reason, /[<>\p{Cc}]/u);
  });

  it('has 500 characters at most and none of our secrets', () => {
    const reason = refusal(readCertsrvPage(denied(words, 43, `QWxhZGRpbjpvcGVu ${'x'.repeat(2000)}`)), [
      'QWxhZGRpbjpvcGVu',
    ]);
    assert.ok(reason.length <= 500);
    assert.doesNotMatch(reason, /QWxhZGRpbjpvcGVu/);
  });
});
