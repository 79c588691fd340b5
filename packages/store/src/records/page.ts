/** One page of a list. */
export interface Page<Row, Place> {
  readonly rows: readonly Row[];
  /** Where the next page begins; undefined on the last. */
  readonly next: Place | undefined;
}

/** A page from one row more than it holds, which tells whether there is another. */
export function pageOf<Row, Place>(rows: readonly Row[], limit: number, place: (row: Row) => Place): Page<Row, Place> {
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { rows: page, next: last === undefined ? undefined : place(last) };
}
