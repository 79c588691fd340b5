import { type Connection, Query, type QueryResult } from 'pg';

/** A statement that each connection prepares once, under its name. */
export interface NamedStatement {
  /** Unique among all texts. */
  readonly name: string;
  readonly text: string;
  /** `undefined` means null. */
  readonly values: readonly unknown[];
}

/** What `pg` keeps of the columns of a result. */
interface Columns {
  fields: unknown;
  _parsers: unknown;
  _prebuiltEmptyResultObject: unknown;
}

/** The parts of a query of `pg` that its types leave out. */
interface QueryInternals {
  name: string;
  callback: (fault: Error | null | undefined, result?: QueryResult) => void;
  readonly _result: Columns;
  _accumulateRows: boolean;
  prepare(connection: Connection): void;
  handleRowDescription(message: unknown): void;
}

const QueryBase = Query as unknown as new (text: string, values: readonly unknown[]) => QueryInternals;

/** What a connection has told about its prepared statements, and the connection as it looks to one that is known. */
interface Told {
  readonly columns: Map<string, Columns>;
  readonly withoutDescribe: Connection;
}

const told = new WeakMap<Connection, Told>();

/**
 * A prepared statement that asks for the description of its columns once on each connection, where `pg` asks at each run:
 * reading descriptions is more than half of what a short statement costs a client. The server sends none of its own
 * accord, and refuses to run a prepared statement whose columns have changed.
 */
export class NamedQuery extends QueryBase {
  #connection: Connection | undefined;

  /** @param callback - hears of the result, or of what kept it from coming */
  constructor({ name, text, values }: NamedStatement, callback: QueryInternals['callback']) {
    super(text, values.map(toParameter));
    this.name = name;
    this.callback = callback;
  }

  override prepare(connection: Connection): void {
    this.#connection = connection;
    const known = told.get(connection);
    const columns = known?.columns.get(this.name);
    if (known === undefined || columns === undefined) {
      super.prepare(connection);
      return;
    }
    const { fields, _parsers, _prebuiltEmptyResultObject } = columns;
    Object.assign(this._result, { fields, _parsers, _prebuiltEmptyResultObject });
    this._accumulateRows = true;
    super.prepare(known.withoutDescribe);
  }

  override handleRowDescription(message: unknown): void {
    super.handleRowDescription(message);
    // Without a name each run is another statement.
    if (this.#connection === undefined || this.name === '') return;
    const known = told.get(this.#connection) ?? listenTo(this.#connection);
    const { fields, _parsers, _prebuiltEmptyResultObject } = this._result;
    known.columns.set(this.name, { fields, _parsers, _prebuiltEmptyResultObject });
  }
}

/** Dates as ISO 8601 in UTC: what `pg` makes of them, in the zone of this machine, takes it ten times as long. */
function toParameter(value: unknown): unknown {
  if (value instanceof Date) return isOrdinary(value) ? value.toISOString() : value;
  return Array.isArray(value) ? value.map(toParameter) : value;
}

/** Whether ISO 8601 says it with four digits for the year, which is what PostgreSQL reads. */
function isOrdinary(date: Date): boolean {
  const year = date.getUTCFullYear();
  return year > 0 && year < 10_000;
}

function listenTo(connection: Connection): Told {
  const withoutDescribe = Object.create(connection, { describe: { value: () => undefined } }) as Connection;
  const known: Told = { columns: new Map(), withoutDescribe };
  told.set(connection, known);
  return known;
}
