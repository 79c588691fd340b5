import { describeSettings, type SettingDescription } from '../settings-text.js';

const scopes = {
  bootstrap: 'Of each node: environment or file only',
  stored: 'Of the whole service: stored in Postgres, overridden by the environment',
  client: 'Of the command line',
} as const;

/** `docs/settings.md`, made from the schema. */
export function settingsDocument(): string {
  const described = describeSettings();
  const sections = Object.entries(scopes).map(([scope, title]) => {
    const rows = described.filter((setting) => setting.scope === scope).map(row);
    return `## ${title}\n\n| name | must be | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Settings

Generated from the schema by \`npm run docs\`; \`opencapf settings\` prints the same.

Set them in the environment, or in a JSON file with the same names that \`OPENCAPF_CONFIG\` names; the environment wins.

${sections.join('\n')}`;
}

function row({ name, mustBe, default: unset, help }: SettingDescription): string {
  const cells = [`\`${name}\``, mustBe, unset, help];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
