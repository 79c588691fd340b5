import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { readUpload, writeOut } from './files.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

/** What a CA of the site is asked to sign. */
export interface ExchangedCertificate {
  /** Of the argument that names it. */
  readonly argument: string;
  /** What help says of that argument. */
  readonly named: string;
  /** Its address at the service. */
  pathOf(which: string): string;
  /** It in one line, of an answer that holds it. */
  lineOf(answer: Readonly<Record<string, unknown>>): string;
}

interface CaExchange {
  readonly csr: Command;
  readonly chain: Command;
}

/** `csr` and `chain`: the request on its way to a CA of the site, and what that CA made. */
export function caExchangeCommands(surroundings: Surroundings, of: ExchangedCertificate): CaExchange {
  const csr = new Command('csr')
    .description("write the request (PKCS#10, PEM) with which a site's CA signs a staged one")
    .argument(`<${of.argument}>`, of.named)
    .option('--out <file>', 'the file to write; standard output without it')
    .action(async (which: string, { out }: { readonly out?: string }) => {
      await withService(surroundings, async (client) => {
        const answer = await client.request('POST', `${of.pathOf(which)}/certification-request`);
        accepted(answer);
        if (out === undefined) surroundings.terminal.stdout.write(String(answer.body));
        else await writeOut(resolve(surroundings.typedIn, out), String(answer.body), surroundings.terminal);
      });
    });
  const chain = new Command('chain')
    .description("give a staged one the certificate that a site's CA made, with those above it")
    .argument(`<${of.argument}>`, of.named)
    .argument('<file>', 'PEM, DER (.der) or PKCS#7 (.p7b)')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (which: string, file: string, { json }: { readonly json?: true }) => {
      const body = await readUpload(surroundings, file);
      if (body === undefined) return;
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.request('PUT', `${of.pathOf(which)}/certificate`, body));
        surroundings.terminal.stdout.write(
          json ? `${JSON.stringify(answer)}\n` : `${of.lineOf(answer)}\n${warningLines(answer)}`,
        );
      });
    });
  return { csr, chain };
}

/** What works against a chain that was taken, a line each. */
export function warningLines({ warnings }: Readonly<Record<string, unknown>>): string {
  return itemsOf({ items: warnings })
    .map(({ code, message }) => `warning ${shown(code)}: ${shown(message)}\n`)
    .join('');
}

/** A field that is an object. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
