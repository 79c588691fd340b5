import { type Administrator, type Author, findAdministrator, noteTokenUse } from '@opencapf/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerAddress } from './caller-address.js';
import { AdminApiError } from './errors.js';
import type { Refusals } from './refusals.js';
import type { AdminApiServices } from './services.js';

export type Role = Administrator['role'];

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; undefined before the token was checked. */
    administrator: Administrator | undefined;
  }
  interface FastifyContextConfig {
    /** The lowest role that may call. */
    role?: Role;
  }
}

const ranks: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, administrator: 2 };

/**
 * Lets a request through whose token is known and whose role is enough, before its body is read. However many tokens were
 * refused, one that is valid is let through.
 *
 * @throws AdminApiError `token-missing`, `token-refused`, `too-many-refused-tokens`, `role-too-low`
 */
export function requireAdministrator(services: AdminApiServices, refusals: Refusals) {
  const { database, secretKey, givenToken, now = () => new Date() } = services;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const token = /^Bearer +([\x21-\x7e]{1,1024})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) {
      reply.header('www-authenticate', 'Bearer realm="opencapf"');
      throw new AdminApiError('token-missing');
    }
    const administrator = await findAdministrator(database.queries, secretKey, token, givenToken, now());
    if (administrator === undefined) {
      reply.header('www-authenticate', 'Bearer realm="opencapf", error="invalid_token"');
      const { fault, waitSeconds } = await refusals.token(request);
      if (waitSeconds !== undefined) reply.header('retry-after', String(waitSeconds));
      throw fault;
    }
    request.administrator = administrator;
    await noteTokenUse(database.queries, administrator, now());
    const needed = request.routeOptions.config.role ?? 'administrator';
    if (ranks[administrator.role] < ranks[needed]) {
      throw new AdminApiError('role-too-low', `it is ${administrator.role}, the call asks for ${needed}`);
    }
  };
}

/** Whom the audit names for what a request changes. */
export function authorOf(request: FastifyRequest): Author {
  if (request.administrator === undefined) throw new TypeError('a change was asked for before the token was checked');
  return { name: request.administrator.name, remoteAddress: callerAddress(request) };
}
