import { z } from 'zod';
import { AdminApiError } from './errors.js';

/** The place where a page of one list ended, as text that callers hand back. */
export interface Cursor<Place> {
  write(place: Place | undefined): string | null;
  /** @throws AdminApiError `cursor-invalid` */
  read(text: string | undefined): Place | undefined;
}

/** @param list - tells cursors of one list from those of another */
export function cursorOf<Place>(list: string, schema: z.ZodType<Place>): Cursor<Place> {
  const envelope = z.tuple([z.literal(list), schema]);
  return {
    write: (place) => (place === undefined ? null : Buffer.from(JSON.stringify([list, place])).toString('base64url')),
    read(text) {
      if (text === undefined) return undefined;
      const parsed = envelope.safeParse(parseJson(Buffer.from(text, 'base64url').toString()));
      if (!parsed.success) throw new AdminApiError('cursor-invalid');
      return parsed.data[1];
    },
  };
}

/** Cursor of a list that is ordered by the number of its rows. */
export function numberCursor(list: string): Cursor<number> {
  return cursorOf(list, z.int().positive());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
