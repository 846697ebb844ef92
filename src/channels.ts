// This file is part of `postbud/client`: it imports nothing.

/** Redis channel of a tenant's events. */
export const channelOf = (tenantId: string) => `postbud:events:${tenantId}`;
/** Redis stream of a tenant's newest events; an entry's id is its cursor. */
export const streamOf = (tenantId: string) => `postbud:stream:${tenantId}`;
