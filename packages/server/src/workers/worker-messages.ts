import type { AddressInfo } from 'node:net';
import type { DatabaseConnection, ServingNode, SettingValues } from '@opencapf/store';

/** What a worker needs to serve phones. */
export interface WorkerStart {
  readonly kind: 'start';
  readonly node: ServingNode;
  /** Complete, its bounds being the worker's share. */
  readonly settings: SettingValues;
  /** With the directory resolved where `secret.key` lies. */
  readonly dataDir: string;
  readonly connection: DatabaseConnection | string;
}

/** What the primary tells a worker. */
export type ToWorker = WorkerStart | { readonly kind: 'stop' };

/** A worker serves phones. */
export interface WorkerServing {
  readonly kind: 'serving';
  readonly address: AddressInfo;
  readonly legacyAddress: AddressInfo | undefined;
}

/** What a worker tells the primary: first that it listens to it. */
export type FromWorker =
  | { readonly kind: 'listening' }
  | WorkerServing
  | { readonly kind: 'failed'; readonly message: string };
