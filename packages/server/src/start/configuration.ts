import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readSettings, resolveSettings, type SettingSource, type SettingValues } from '@opencapf/store/settings';
import { ServerError } from '../errors.js';

/** What the environment and the file of `OPENCAPF_CONFIG` say. */
export interface Configuration {
  /** Only what was given: it overrides what Postgres holds. */
  readonly given: Partial<SettingValues>;
  /** Given or default; stored settings are still to be read from Postgres. */
  readonly bootstrap: SettingValues;
  readonly warnings: readonly string[];
}

/** Absolute paths, instead of those below the directory where the command was typed. */
export interface DefaultDirectories {
  /** Instead of `./data`. */
  readonly dataDir?: string | undefined;
  /** Instead of `./certs/capf-trust`. */
  readonly capfTrustDir?: string | undefined;
}

/**
 * Reads the configuration; the environment wins over the file.
 *
 * @param typedIn - directory to which relative paths are meant
 * @throws ServerError `configuration-file-unreadable`
 * @throws StoreError `setting-invalid`
 */
export function readConfiguration(
  environment: SettingSource,
  typedIn: string,
  defaults: DefaultDirectories = {},
): Configuration {
  const file = environment['OPENCAPF_CONFIG'];
  const fromFile =
    typeof file === 'string' && file !== ''
      ? readSettings(readConfigurationFile(resolve(typedIn, file)), `OPENCAPF_CONFIG=${file}`, true)
      : { values: {}, warnings: [] };
  const fromEnvironment = readSettings(environment, 'the environment', false);
  const given = { ...fromFile.values, ...fromEnvironment.values };
  const bootstrap = resolveSettings(given);
  const directory = (key: keyof DefaultDirectories): string =>
    (given[key] === undefined ? defaults[key] : undefined) ?? resolve(typedIn, bootstrap[key]);
  return {
    given,
    bootstrap: {
      ...bootstrap,
      dataDir: directory('dataDir'),
      capfTrustDir: directory('capfTrustDir'),
      tftpFiles: bootstrap.tftpFiles && resolve(typedIn, bootstrap.tftpFiles),
    },
    warnings: [...fromFile.warnings, ...fromEnvironment.warnings],
  };
}

function readConfigurationFile(path: string): SettingSource {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as SettingSource;
  } catch (cause) {
    // A JSON syntax error quotes the file, which may hold secrets: only a system error's code is passed on.
    const reason = cause instanceof SyntaxError ? 'it is no valid JSON' : (cause as NodeJS.ErrnoException).code;
    throw new ServerError('configuration-file-unreadable', `OPENCAPF_CONFIG: cannot read ${path}: ${reason}`);
  }
  throw new ServerError('configuration-file-unreadable', `OPENCAPF_CONFIG: ${path} holds no JSON object`);
}
