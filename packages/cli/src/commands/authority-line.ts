import { shown } from './with-service.js';

/** An authority in one line. */
export function authorityLine(authority: Readonly<Record<string, unknown>>): string {
  const { id, kind, state, isDefault, name, notAfter, subject, acceptExpiredUntil, openRequests, cutShort } = authority;
  const remarks = [
    ...(isDefault === true ? ['default'] : []),
    ...(Number(openRequests) > 0 ? [`${shown(openRequests)} requests open`] : []),
    ...(Number(cutShort) > 0 ? [`${shown(cutShort)} LSCs cut short`] : []),
    ...(acceptExpiredUntil === null ? [] : [`expired LSCs accepted until ${shown(acceptExpiredUntil)}`]),
  ];
  const told = [id, kind, state, name, `until ${shown(notAfter).slice(0, 10)}`, subject];
  return [...told.map(shown), ...remarks].join('  ');
}
