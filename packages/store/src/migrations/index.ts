import type { Migration } from 'kysely';
import { foundation } from './0001/index.js';

/** Every migration in the order of its name. One that was released never changes; a new one is added below. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-foundation': foundation,
};
