/** Languages of the fake pages. */
export const certsrvLanguages = ['en', 'de', 'fr', 'ja'] as const;
export type CertsrvLanguage = (typeof certsrvLanguages)[number];

interface Words {
  readonly name: string;
  readonly issued: string;
  readonly pending: string;
  readonly denied: string;
  readonly failed: string;
  /** With the request's number in place of `#`. */
  readonly number: string;
  /** With the CA's message in place of `@`. */
  readonly message: string;
  readonly terms: readonly [string, string, string];
}

const words: Readonly<Record<CertsrvLanguage, Words>> = {
  en: {
    name: 'Certificate Services',
    issued: 'The certificate you asked for was issued.',
    pending: 'An administrator has to issue the certificate. Come back within 10 days.',
    denied: 'The certificate request was turned down.',
    failed: 'The request has met an error.',
    number: 'Request number: #.',
    message: 'The CA says "@".',
    terms: ['Disposition:', 'Message:', 'Result:'],
  },
  de: {
    name: 'Zertifikatdienste',
    issued: 'Das angeforderte Zertifikat wurde ausgestellt.',
    pending: 'Ein Administrator muss das Zertifikat ausstellen. Kommen Sie binnen 10 Tagen wieder.',
    denied: 'Die Zertifikatanforderung wurde abgelehnt.',
    failed: 'Bei der Anforderung ist ein Fehler aufgetreten.',
    number: 'Nummer der Anforderung: #.',
    message: 'Die Zertifizierungsstelle meldet „@“.',
    terms: ['Disposition:', 'Meldung:', 'Ergebnis:'],
  },
  fr: {
    name: 'Services de certificats',
    issued: 'Le certificat demandé a été émis.',
    pending: 'Un administrateur doit émettre le certificat. Revenez sous 10 jours.',
    denied: 'La demande de certificat a été rejetée.',
    failed: 'La demande a rencontré une erreur.',
    number: 'Numéro de la demande : #.',
    message: 'L’autorité dit « @ ».',
    terms: ['Disposition :', 'Message :', 'Résultat :'],
  },
  ja: {
    name: '証明書サービス',
    issued: '要求された証明書が発行されました。',
    pending: '管理者が証明書を発行する必要があります。10 日以内に再度アクセスしてください。',
    denied: '証明書の要求は却下されました。',
    failed: '要求の処理中にエラーが発生しました。',
    number: '要求番号は # です。',
    message: '認証局のメッセージは "@" です。',
    terms: ['処理:', 'メッセージ:', '結果:'],
  },
};

/** The pages of certsrv as they are known in public: parts marked by ID, links to downloads, numbers in hexadecimal. */
export class CertsrvPages {
  readonly #words: Words;

  constructor(language: CertsrvLanguage) {
    this.#words = words[language];
  }

  welcome(): string {
    return this.#page('<P><A Href="certrqus.asp">*</A><P><A Href="certcarc.asp">*</A>');
  }

  issued(request: number): string {
    const links = ['bin', 'b64'].map(
      (encoding) =>
        `<LI><A Href="certnew.cer?ReqID=${request}&amp;Enc=${encoding}">*</A> <A Href="certnew.p7b?ReqID=${request}&amp;Enc=${encoding}">*</A>`,
    );
    return this.#page(`<P ID=locPageTitle> <B> ${this.#words.issued} </B><UL>${links.join('\r\n')}</UL>`);
  }

  pending(request: number): string {
    return this.#page(
      `<P ID=locInfoNewReq> ${this.#words.pending} </P>\r\n\r\n<P ID=locInfoReqID>\r\n${this.#number(request)}\r\n</P>`,
    );
  }

  denied(request: number, message: string): string {
    const said = this.#words.message.replace('@', message);
    return this.#page(
      `<P ID=locDenied> ${this.#words.denied} </P>\r\n<P ID=locInfoReqIDandReason>\r\n${this.#number(request)} ${said}\r\n</P>`,
    );
  }

  /** The page for errors, which is also what certnew.cer shows instead of a certificate. */
  failed(disposition: number | undefined, message: string, result: string): string {
    const [first, second, third] = this.#words.terms;
    const number =
      disposition === undefined
        ? '<LocID ID=locDispNeverSet>(*)</LocID>'
        : `${disposition.toString(16).toUpperCase()} <LocID ID=locDispSpacer>-</LocID> <LocID ID=locDispUnknown>(*)</LocID>`;
    return this.#page(
      `<P ID=locPageTitle> <B> ${this.#words.failed} </B>\r\n<DL>\r\n<DT ID=locDispLabel><B>${first}</B></DT><DD>\r\n\t\t${number}\r\n</DD>` +
        `<DT ID=locDispMsgLabel><B>${second}</B></DT><DD>${message}</DD>` +
        `<DT ID=locResultLabel><B>${third}</B></DT><DD>${result}</DD></DL>`,
    );
  }

  caCertificates(renewals: number): string {
    return this.#page(`<Script Language="JavaScript">\r\n\tvar nRenewals=${renewals};\r\n</Script><Form></Form>`);
  }

  requestForm(templates: readonly string[]): string {
    const options = templates.map((name) => `<Option Value="E;${name};1;1,Provider">${name} (*)`);
    return this.#page(`<Form Action=certfnsh.asp><Select Name=lbCertTemplate>${options.join('\r\n')}</Select></Form>`);
  }

  #number(request: number): string {
    return this.#words.number.replace('#', `${request}`);
  }

  #page(content: string): string {
    const { name } = this.#words;
    return (
      `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\r\n<HTML>\r\n<Head><Title>Microsoft ${name}</Title></Head>\r\n` +
      `<Body BgColor=#FFFFFF Link=#0000FF><Font ID=locPageFont Face="Arial"><Table Border=0><TR><TD><LocID ID=locMSCertSrv>` +
      `Microsoft ${name} -- CA01</LocID></TD></TR></Table>\r\n${content}\r\n</Font></Body></HTML>\r\n`
    );
  }
}
