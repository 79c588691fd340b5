import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { type CapfTrust, describeOutcome, PhoneError } from '@opencapf/phone';
import {
  type Boot,
  BootDirectory,
  type BootOutcome,
  bootPhone,
  type FilePlace,
  readFilePlace,
  type TracedStep,
} from '@opencapf/phone/boot';
import { ProtocolError } from '@opencapf/protocol';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { exitStatusOf, phoneExitStatus, phoneExitStatusTable } from './phone-exit-status.js';
import {
  authStringVariable,
  portOption,
  readAuthString,
  readMic,
  retriesOption,
  timeoutOption,
  trustOption,
} from './phone-options.js';

interface PhoneBootOptions {
  readonly tftp: FilePlace;
  readonly httpsPort: number;
  readonly name: string;
  readonly authString?: string;
  readonly lscIssuers?: CapfTrust;
  readonly out?: string;
  readonly micCert?: string;
  readonly micKey?: string;
  readonly timeout: number;
  readonly retries: number;
  readonly retryPause: number;
  readonly json?: true;
}

/** `opencapf phone boot`: a simulated phone is switched on, and goes as far as a phone does before it registers. */
export function phoneBootCommand({ typedIn }: Surroundings): Command {
  return new Command('boot')
    .description(
      'switch a phone on: trust list, configuration, a CAPF session when it needs one, encrypted configuration',
    )
    .requiredOption('--tftp <url>', 'where it fetches its files: http://HOST[:6970] or tftp://HOST[:69]', placeOption)
    .addOption(
      new Option(
        '--https-port <port>',
        'where on that host it fetches its configuration, showing its LSC, when it fetches by HTTP and its trust list tells it to (signer version 1.1)',
      )
        .argParser(portOption)
        .default(6971),
    )
    .requiredOption('--name <name>', 'device name, such as SEP001122334455')
    .option('--auth-string <string>', `what the user enters; "-" reads standard input; else ${authStringVariable}`)
    .option('--out <dir>', 'where the phone keeps MIC, LSC, trust lists and configuration, for the next boot')
    .option('--mic-cert <file>', 'the MIC of the phone, PEM or DER; with --mic-key; kept in --out')
    .option('--mic-key <file>', 'its private key, PEM, not encrypted')
    .option(
      '--lsc-issuers <file>',
      'who may have issued its LSC, PEM; trust lists do not say it, so that nobody is asked for without it',
      trustOption(typedIn),
    )
    .addOption(
      new Option('--timeout <seconds>', 'how long it waits for a file, and for each answer of CAPF')
        .argParser(timeoutOption)
        .default(10_000, '10'),
    )
    .option('--retries <times>', 'how often it comes again when no CAPF server can be had', retriesOption, 3)
    .addOption(
      new Option('--retry-pause <seconds>', 'how long it waits before it does')
        .argParser(timeoutOption)
        .default(30_000, '30'),
    )
    .option('--json', 'one JSON object with a trace of every step, for scripts')
    .addHelpText('after', `\nExit status:\n${phoneExitStatusTable}\n\n${examples}`)
    .action(async (options: PhoneBootOptions) => {
      try {
        process.exitCode = await boot(options, typedIn);
      } catch (fault) {
        if (!(fault instanceof InvalidArgumentError || fault instanceof PhoneError || fault instanceof ProtocolError)) {
          throw fault;
        }
        process.stderr.write(`opencapf: ${fault.message}\n`);
        const isUsage =
          fault instanceof InvalidArgumentError ||
          fault.code === 'phone-name-unusable' ||
          fault.code === 'wire-value-out-of-range';
        process.exitCode = isUsage ? phoneExitStatus.usage : phoneExitStatus.thisMachine;
      }
    });
}

const examples = `A phone with a MIC, that can be booted again with what it has learned:
  opencapf phone boot --tftp http://192.0.2.10:6970 --name SEP001122334455 --mic-cert mic.pem --mic-key mic.key --out phones
  opencapf phone boot --tftp tftp://192.0.2.10 --name SEP001122334455 --out phones --json

It believes the first trust list that it is given, and later ones and files only by the list that it holds.`;

/** @throws InvalidArgumentError */
function placeOption(value: string): FilePlace {
  try {
    return readFilePlace(value);
  } catch (fault) {
    if (fault instanceof PhoneError) throw new InvalidArgumentError(fault.message);
    throw fault;
  }
}

async function boot(options: PhoneBootOptions, typedIn: string): Promise<number> {
  const {
    name,
    tftp: place,
    httpsPort,
    out,
    micCert,
    micKey,
    timeout: timeoutMs,
    retries: times,
    retryPause: pauseMs,
  } = options;
  const authString = await readAuthString(options.authString, process.env, process.stdin);
  if ((micCert === undefined) !== (micKey === undefined)) {
    throw new InvalidArgumentError('--mic-cert and --mic-key go together.');
  }
  const mic = micCert === undefined || micKey === undefined ? undefined : readMic(micCert, micKey, typedIn);
  const keeper = out === undefined ? undefined : new BootDirectory(resolve(typedIn, out), name);
  if (mic !== undefined) await keeper?.keepMic(mic);
  const booted = await bootPhone({
    name,
    place,
    httpsPort,
    authString,
    mic,
    lscIssuers: options.lscIssuers,
    keeper,
    persistence: { times, pauseMs },
    timeoutMs,
    observe: options.json ? undefined : (step) => process.stderr.write(`${stepLine(step)}\n`),
  });
  const exitStatus = bootExitStatus(booted.outcome);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ name, exitStatus, ...describeBoot(booted) }, null, 2)}\n`
      : `${name}: ${sentence(booted.outcome)}\n`,
  );
  return exitStatus;
}

/** What a boot came to, for scripts; the configuration itself may hold passwords and stands in the phone's directory alone. */
function describeBoot({ outcome, trace }: Boot): object {
  const [first] = trace;
  return {
    outcome: outcome.kind,
    message: sentence(outcome),
    ...('code' in outcome ? { code: outcome.code } : {}),
    ...('fault' in outcome ? { code: outcome.fault.code } : {}),
    ...(outcome.kind === 'capfFailed' ? { capf: outcome.outcome.kind } : {}),
    ...(outcome.kind === 'configured'
      ? {
          encrypted: outcome.encrypted,
          configuration: {
            bytes: outcome.configuration.length,
            sha256: createHash('sha256').update(outcome.configuration).digest('hex'),
          },
        }
      : {}),
    trace: trace.map(({ at, ...step }) => ({
      at: new Date(at).toISOString(),
      elapsedMs: Math.round((at - (first?.at ?? at)) * 1_000) / 1_000,
      ...step,
    })),
  };
}

function sentence(outcome: BootOutcome): string {
  switch (outcome.kind) {
    case 'configured':
      return `The phone has its configuration (${outcome.configuration.length} bytes, ${outcome.encrypted ? 'encrypted' : 'not encrypted'} on the way).`;
    case 'notConfigured':
      return {
        'partial-file-alone': 'The phone was given a partial file, and nothing to do with it.',
        'capf-without-end': 'The phone went to CAPF again and again, and its file still sends it there.',
        'encrypted-file-missing': 'The encrypted file that the phone was told to fetch is not there.',
      }[outcome.code];
    case 'withoutCertificate':
      return 'The phone has neither MIC nor LSC, so that CAPF could record no key of it: give it one (--mic-cert, --mic-key), or queue an install for it.';
    case 'awaitsString':
      return 'A user must enter the authentication string on the phone (--auth-string).';
    case 'capfFailed':
      return `CAPF: ${describeOutcome(outcome.outcome)}`;
    case 'capfUnknown':
      return outcome.code === 'capf-not-in-trust-list'
        ? 'The phone holds no trust list with a CAPF certificate, so that it trusts nobody on port 3804.'
        : 'Neither the configuration (capfList) nor the trust list names a CAPF server.';
    case 'filesFault':
      return outcome.fault.message;
    case 'configurationMissing':
      return `There is no ${outcome.name}.`;
    case 'fileRefused':
      return `The phone does not take ${outcome.name}: ${outcome.fault.message}`;
    case 'brokenOff':
      return 'The phone was switched off.';
  }
}

function bootExitStatus(outcome: BootOutcome): number {
  switch (outcome.kind) {
    case 'configured':
      return phoneExitStatus.done;
    case 'capfFailed': {
      const status = exitStatusOf(outcome.outcome);
      return status === phoneExitStatus.done ? phoneExitStatus.endedOtherwise : status;
    }
    case 'filesFault':
    case 'brokenOff':
      return phoneExitStatus.connection;
    case 'withoutCertificate':
      return phoneExitStatus.nothingPending;
    case 'awaitsString':
      return phoneExitStatus.awaitsString;
    case 'capfUnknown':
      return phoneExitStatus.tls;
    case 'configurationMissing':
    case 'fileRefused':
    case 'notConfigured':
      return phoneExitStatus.notConfigured;
  }
}

function stepLine({ at: _, step, ...facts }: TracedStep): string {
  const told = Object.entries(facts).map(([name, value]) => `${name} ${String(value) === '' ? '-' : String(value)}`);
  return `${step}: ${told.join(', ')}`;
}
