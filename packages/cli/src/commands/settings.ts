import { Command } from 'commander';
import { describeSettings } from '../settings-text.js';

/** `opencapf settings`: every setting, from the one schema. */
export function settingsCommand(): Command {
  return new Command('settings')
    .description('list every setting: name, range, default and meaning')
    .option('--json', 'as JSON, for scripts')
    .action(({ json }: { json?: true }) => {
      const described = describeSettings();
      process.stdout.write(json ? `${JSON.stringify(described, null, 2)}\n` : described.map(paragraph).join('\n'));
    });
}

function paragraph({ name, mustBe, default: unset, help }: ReturnType<typeof describeSettings>[number]): string {
  return `${name}\n  ${help}\n  ${mustBe}; default: ${unset}\n`;
}
