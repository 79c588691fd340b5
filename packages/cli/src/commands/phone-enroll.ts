import { resolve } from 'node:path';
import {
  asPhonesDo,
  type CapfTrust,
  createPhoneTls,
  describeEnrollment,
  type Enrollment,
  type EnrollmentDescription,
  enrollPersistently,
  type HeldCertificate,
  type Observation,
  type Outcome,
  PhoneDirectory,
  PhoneError,
  type ProofSettings,
} from '@opencapf/phone';
import { keyTypeName } from '@opencapf/pki';
import { ProtocolError } from '@opencapf/protocol';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { exitStatusOf, phoneExitStatus, phoneExitStatusTable } from './phone-exit-status.js';
import {
  authStringVariable,
  hostOption,
  portOption,
  proofChoices,
  readAuthString,
  readMic,
  retriesOption,
  timeoutOption,
  tlsVersions,
  trustOption,
} from './phone-options.js';

interface PhoneEnrollOptions {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly authString?: string;
  readonly capfCert?: CapfTrust;
  readonly version: '2' | '3';
  readonly tls?: (typeof tlsVersions)[number];
  readonly out?: string;
  readonly micCert?: string;
  readonly micKey?: string;
  readonly proof: keyof typeof proofChoices;
  readonly sudi: boolean;
  readonly timeout: number;
  readonly retries: number;
  readonly retryPause: number;
  readonly json?: true;
}

/** `opencapf phone enroll`: a simulated phone comes to a CAPF service, again after a communication failure. */
export function phoneEnrollCommand({ typedIn }: Surroundings): Command {
  return new Command('enroll')
    .description('visit a CAPF service as a phone does, do what it asks for, and say what came of it')
    .requiredOption('--host <host>', 'name or address of the CAPF service', hostOption)
    .option('--port <port>', "the phones' port", portOption, 3804)
    .requiredOption('--name <name>', 'device name, such as SEP001122334455')
    .option('--auth-string <string>', `authentication string; "-" reads standard input; else ${authStringVariable}`)
    .option(
      '--capf-cert <file>',
      'the CAPF certificate to trust, PEM or DER; others behind it in the file may have issued the LSC. Without it the server is not verified',
      trustOption(typedIn),
    )
    .addOption(new Option('--version <version>', 'protocol version of the phone').choices(['2', '3']).default('3'))
    .addOption(
      new Option('--tls <version>', 'the only TLS version to speak (default: 1.2 and 1.3)').choices(tlsVersions),
    )
    .option(
      '--out <dir>',
      'where the phone keeps NAME.key.pem and NAME.cert.pem, and a key that waits for its certificate, for its next visit',
    )
    .option('--mic-cert <file>', 'the MIC of the phone, PEM or DER; with --mic-key')
    .option('--mic-key <file>', 'its private key, PEM, not encrypted')
    .addOption(
      new Option('--proof <which>', 'the certificate to prove itself with; of two, the first that it has')
        .choices(Object.keys(proofChoices))
        .default('none'),
    )
    .option('--no-sudi', 'no SUDI proof beside it; else the one of an RSA MIC')
    .addOption(
      new Option('--timeout <seconds>', 'how long the phone waits for each answer')
        .argParser(timeoutOption)
        .default(10_000, '10'),
    )
    .option(
      '--retries <times>',
      'how often the phone comes again when the server was lost or closed without END_SESSION',
      retriesOption,
      asPhonesDo.times,
    )
    .addOption(
      new Option('--retry-pause <seconds>', 'how long it waits before it does')
        .argParser(timeoutOption)
        .default(asPhonesDo.pauseMs, '30'),
    )
    .option('--json', 'one JSON object on standard output, for scripts')
    .addHelpText('after', `\nExit status:\n${phoneExitStatusTable}\n\n${examples}`)
    .action(async (options: PhoneEnrollOptions) => {
      try {
        process.exitCode = await visit(options, typedIn);
      } catch (fault) {
        if (fault instanceof InvalidArgumentError) {
          warn(fault.message);
          process.exitCode = phoneExitStatus.usage;
          return;
        }
        if (!(fault instanceof PhoneError || fault instanceof ProtocolError)) throw fault;
        process.stderr.write(`opencapf: ${fault.message}\n`);
        const isUsage = fault.code === 'phone-name-unusable' || fault.code === 'wire-value-out-of-range';
        process.exitCode = isUsage ? phoneExitStatus.usage : phoneExitStatus.thisMachine;
      }
    });
}

const examples = `The authentication string shows in the list of processes when it is an argument; these ways keep it out:
  OPENCAPF_PHONE_AUTH_STRING=12345678 opencapf phone enroll --host 192.0.2.1 --name SEP001122334455 --capf-cert capf.pem
  opencapf phone enroll --host 192.0.2.1 --name SEP001122334455 --capf-cert capf.pem --auth-string - < string.txt

A phone that is visited again, for a deletion or to show its LSC, needs its directory; an old one speaks TLS 1.0 only:
  opencapf phone enroll --host 192.0.2.1 --name SEP001122334455 --capf-cert capf.pem --out phones
  opencapf phone enroll --host 192.0.2.1 --name SEP001122334455 --capf-cert capf.pem --version 2 --tls TLSv1 --json

A phone whose certificate comes from a slow authority keeps the key that it made, and comes again until it is there:
  opencapf phone enroll --host 192.0.2.1 --name SEP001122334455 --capf-cert capf.pem --out phones --retries 20 --retry-pause 5

A phone that proves itself by its MIC, or by the LSC of an earlier visit:
  opencapf phone enroll --host 192.0.2.1 --name SEP001122334455 --capf-cert capf.pem --mic-cert mic.pem --mic-key mic.key --proof mic
  opencapf phone enroll --host 192.0.2.1 --name SEP001122334455 --capf-cert capf.pem --out phones --proof lsc-first`;

async function visit(options: PhoneEnrollOptions, typedIn: string): Promise<number> {
  const { host, port, name, capfCert: trust, tls: version, out, timeout: timeoutMs, json } = options;
  const authString = await readAuthString(options.authString, process.env, process.stdin);
  if (options.authString !== undefined && authString === undefined) {
    warn('--auth-string is empty');
    return phoneExitStatus.usage;
  }
  const protocolVersion = options.version === '2' ? 2 : 3;
  if (protocolVersion === 2 && authString !== undefined) warn('a version-2 phone sends no authentication string');
  if (trust === undefined) warn("without --capf-cert the server's certificate is not verified");
  const mic = micOf(options, typedIn);
  const directory = out === undefined ? undefined : new PhoneDirectory(resolve(typedIn, out), name);
  const progress = json ? undefined : new Progress();
  const { retries: times, retryPause: pauseMs } = options;
  const { enrollment, visits } = await enrollPersistently(
    {
      host,
      port,
      name,
      version: protocolVersion,
      authString,
      timeoutMs,
      tls: createPhoneTls({ trust, version }),
      identity: { ...(await directory?.load()), mic },
      proof: proofOf(options),
      keep: directory && ((identity) => directory.keep(identity)),
      keepKey: directory && ((key) => directory.keepRequestedKey(key)),
    },
    { observe: (observation) => progress?.observe(observation) },
    { times, pauseMs },
    ({ outcome }, visit) => progress?.comesAgain(outcome, pauseMs, `${visit} of ${times}`),
  );
  progress?.end();
  const described = describeEnrollment(enrollment);
  const exitStatus = exitStatusOf(enrollment.outcome);
  const files = filesOf(enrollment, directory);
  if (json) {
    const visited = { name, host, port, version: protocolVersion };
    process.stdout.write(
      `${JSON.stringify({ ...visited, exitStatus, visits: visits.length, ...described, ...(files && { files }) }, null, 2)}\n`,
    );
  } else {
    process.stdout.write(report(name, described, files));
  }
  return exitStatus;
}

/** @throws CommanderError */
function micOf({ micCert, micKey }: PhoneEnrollOptions, typedIn: string): HeldCertificate | undefined {
  if (micCert === undefined && micKey === undefined) return undefined;
  if (micCert === undefined || micKey === undefined)
    throw new InvalidArgumentError('--mic-cert and --mic-key go together.');
  return readMic(micCert, micKey, typedIn);
}

function proofOf({ proof, sudi }: PhoneEnrollOptions): ProofSettings | undefined {
  const by = proofChoices[proof];
  return by.length === 0 ? undefined : { by, sudi: sudi ? undefined : 'none' };
}

interface Files {
  readonly certificate: string;
  readonly key: string;
}

/** What stands in the directory after the visit. */
function filesOf({ identity }: Enrollment, directory: PhoneDirectory | undefined): Files | undefined {
  if (directory === undefined || identity.lsc === undefined) return undefined;
  return { certificate: directory.certificateFile, key: directory.keyFile };
}

function report(name: string, described: EnrollmentDescription, files: Files | undefined): string {
  const { outcome, message, code, certificate, shown = [], tls, sessionId, reason, reasonName } = described;
  const certificates = certificate ? [certificate] : shown.flatMap((one) => (one.certificate ? [one.certificate] : []));
  const lines = [`${name}: ${outcome}. ${message}${code ? ` [${code}]` : ''}`];
  for (const { subject, issuer, key, notAfter, md5 } of certificates) {
    lines.push(`  certificate  ${subject ?? 'unreadable'}, ${key ?? 'unknown key'}, until ${notAfter ?? 'unknown'}`);
    lines.push(`  issuer       ${issuer ?? 'unknown'}`, `  MD5          ${md5}`);
  }
  if (files) lines.push(`  files        ${files.certificate}, ${files.key}`);
  if (sessionId !== undefined) {
    const end = reason === undefined ? 'no END_SESSION' : `END_SESSION ${reason}${reasonName ? ` ${reasonName}` : ''}`;
    lines.push(`  session      ${sessionId}, ${end}`);
  }
  if (tls) lines.push(`  TLS          ${tls.version}, ${tls.cipher}, ${tls.verified ? 'verified' : 'not verified'}`);
  return `${lines.join('\n')}\n`;
}

/** What a person sees who waits: a key being made, which takes long for a large RSA key, and the pause before a new visit. */
class Progress {
  #isOpen = false;
  #requestedAt = 0;

  observe(observation: Observation): void {
    if (observation.kind === 'keyRequested') {
      this.#isOpen = true;
      this.#requestedAt = observation.at;
      process.stderr.write(`making an ${keyTypeName(observation.key)} key ...`);
    } else if (observation.kind === 'keyMade') {
      this.#isOpen = false;
      process.stderr.write(` done in ${((observation.at - this.#requestedAt) / 1000).toFixed(1)} s\n`);
    }
  }

  /** @param which - Such as `1 of 3`. */
  comesAgain(outcome: Outcome, pauseMs: number, which: string): void {
    this.end();
    process.stderr.write(`${lossOf(outcome)}; trying again in ${pauseMs / 1000} s (${which})\n`);
  }

  /** Ends the line of a key that nobody waits for any more. */
  end(): void {
    if (this.#isOpen) process.stderr.write(' not finished\n');
    this.#isOpen = false;
  }
}

function lossOf(outcome: Outcome): string {
  if (!('fault' in outcome) || outcome.fault.code === 'capf-connection-lost') {
    return 'the server closed without END_SESSION';
  }
  return outcome.fault.code === 'capf-unreachable'
    ? 'the server cannot be reached'
    : 'the server did not answer in time';
}

function warn(what: string): void {
  process.stderr.write(`opencapf: ${what}\n`);
}
