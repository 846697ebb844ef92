import { customType } from 'drizzle-orm/pg-core';

/** Bytes as they are. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** What Postgres makes of a text for search (`to_tsvector`); written and asked in SQL only. */
export const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });
