import { type Administrator, type Author, findAdministrator } from '@opencapf/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AdminApiError } from './errors.js';
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
 * Lets a request through whose token is known and whose role is enough, before its body is read.
 *
 * @throws AdminApiError `token-missing`, `token-refused`, `role-too-low`
 */
export function requireAdministrator({ database, secretKey, givenToken }: AdminApiServices) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const token = /^Bearer +([\x21-\x7e]{1,1024})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) {
      reply.header('www-authenticate', 'Bearer realm="opencapf"');
      throw new AdminApiError('token-missing');
    }
    const administrator = await findAdministrator(database.queries, secretKey, token, givenToken);
    if (administrator === undefined) {
      reply.header('www-authenticate', 'Bearer realm="opencapf", error="invalid_token"');
      throw new AdminApiError('token-refused');
    }
    const needed = request.routeOptions.config.role ?? 'administrator';
    if (ranks[administrator.role] < ranks[needed]) {
      throw new AdminApiError('role-too-low', `it is ${administrator.role}, the call asks for ${needed}`);
    }
    request.administrator = administrator;
  };
}

/** Whom the audit names for what a request changes. */
export function authorOf(request: FastifyRequest): Author {
  if (request.administrator === undefined) throw new TypeError('a change was asked for before the token was checked');
  // A listener on all addresses sees IPv4 as IPv6.
  return { name: request.administrator.name, remoteAddress: request.ip.replace(/^::ffff:(?=[\d.]+$)/i, '') };
}
