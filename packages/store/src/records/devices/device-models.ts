import type { Database } from '../../database/connect.js';

/** Devices of one model. */
export interface DevicesOfModel {
  /** As administrators wrote it; null: none was given. */
  readonly model: string | null;
  readonly n: number;
  /** The first of them by name, 20 at most. */
  readonly first: readonly string[];
}

/** Which models there are. Reads every device: for what is seldom asked. */
export async function countDevicesByModel(database: Database): Promise<readonly DevicesOfModel[]> {
  const { rows } = await database.prepared<DevicesOfModel>(
    'count-devices-by-model',
    `select model, count(*)::integer as n, (array_agg(name order by name))[1:20] as first
     from opencapf_private.device where kind in ('phone', 'softphone') group by model order by model`,
    [],
  );
  return rows;
}
