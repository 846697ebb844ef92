import { pino } from 'pino';

export type Log = ReturnType<typeof openLog>;

/** Never a payload, a body, an address list or a credential; what slips through by name is cut here. */
const secretFields = ['password', 'sealed', 'secret', 'refreshToken', 'accessToken', 'token', 'authorization', 'pass'];

/**
 * The log: JSON lines on standard output. Messages are constant text, values are fields.
 * `error`: a person must look. `warn`: recovered, worrying if frequent. `info`: a state changed. `debug`: the protocol.
 */
export function openLog({ level }: { level: string }) {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
    redact: {
      paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`, `*.*.*.${field}`]),
      censor: '[secret]',
    },
  });
}

/** What the log says of an error: no fields that a library hung on it, since those may quote data (SQL parameters). */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, reason, protocol } = error as { code?: unknown; reason?: unknown; protocol?: unknown };
  const cause = error.cause instanceof Error ? { cause: describeError(error.cause) } : {};
  // Drizzle's message is the whole statement with its parameters; the cause says what went wrong.
  const failedQuery = error.message.startsWith('Failed query:');
  return {
    type: error.name,
    message: failedQuery ? 'a database statement failed' : error.message,
    ...(code === undefined ? {} : { code }),
    ...(reason === undefined ? {} : { reason, protocol }),
    ...(failedQuery ? {} : { stack: error.stack }),
    ...cause,
  };
}
