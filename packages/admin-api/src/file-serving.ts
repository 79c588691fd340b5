import { type Database, servesHttps } from '@opencapf/store';
import type { FileServing } from '@opencapf/tftp';

/** How phones' files are served, as all nodes have agreed on. */
export async function readFileServing(database: Database): Promise<FileServing> {
  return { overHttps: await servesHttps(database.queries) };
}
