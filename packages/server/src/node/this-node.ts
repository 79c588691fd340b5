import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ServingNode } from '@opencapf/store';

/** This process as a node, with a new id. */
export function thisNode(version: string): ServingNode {
  return { id: randomUUID(), host: hostname(), processId: process.pid, version };
}
