/** All tables. Each lives in a file of its own beside this one. */
export * from './accounts.ts';
export * from './bodies.ts';
export * from './commands.ts';
export * from './events.ts';
export * from './folders.ts';
export * from './kept-answers.ts';
export * from './knocks.ts';
export * from './leases.ts';
export * from './messages.ts';
export * from './oauth.ts';
export * from './orders.ts';
export * from './sealing-keys.ts';
export * from './sends.ts';
export * from './setup-links.ts';
export * from './tenants.ts';
export * from './tokens.ts';
export * from './users.ts';
