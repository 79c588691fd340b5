import { Command } from 'commander';
import { connectToService } from '../service-client.js';
import type { Surroundings } from '../surroundings.js';
import { itemsOf, shown } from './with-service.js';

/** `opencapf health`: exit status 0 only while phones can be served. */
export function healthCommand(surroundings: Surroundings): Command {
  return new Command('health')
    .description('ask the service (OPENCAPF_SERVER) whether phones can be served; exit status 0 only then')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: { json?: true }) => {
      const client = connectToService(surroundings);
      try {
        const { status, body } = await client.get('/readyz');
        surroundings.terminal.exitCode = status === 200 ? 0 : 1;
        surroundings.terminal.stdout.write(json ? `${JSON.stringify(body)}\n` : sentence(client.server, status, body));
      } catch (fault) {
        surroundings.terminal.exitCode = 2;
        surroundings.terminal.stderr.write(
          `opencapf: no answer from ${client.server} (OPENCAPF_SERVER): ${reason(fault)}\n`,
        );
      } finally {
        await client.close();
      }
    });
}

function sentence(server: string, status: number, body: unknown): string {
  if (status === 200) {
    const warnings = itemsOf({ items: (body as { readonly warnings?: unknown }).warnings });
    return `${server} is ready\n${warnings.map(({ message }) => `warning: ${shown(message)}\n`).join('')}`;
  }
  const problems =
    typeof body === 'object' && body !== null && 'problems' in body && Array.isArray(body.problems)
      ? body.problems.join('; ')
      : `HTTP status ${status}`;
  return `${server} is not ready: ${problems}\n`;
}

function reason(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
