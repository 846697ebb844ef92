import { createHash } from 'node:crypto';
import type { SendPayload } from '../queues/orders.ts';

/**
 * What makes two orders the same: everything but the ids and the key. What is empty does not count, so that a field
 * that a later release adds does not make every order another one.
 */
export function hashOf({ tenantId: _, userId: __, idempotencyKey: ___, ...content }: SendPayload): string {
  return createHash('sha256')
    .update(JSON.stringify(withoutEmpty(content)))
    .digest('hex');
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value)
    .filter(
      ([, part]) =>
        part !== null &&
        part !== false &&
        part !== '' &&
        JSON.stringify(part) !== '[]' &&
        JSON.stringify(part) !== '{}',
    )
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutEmpty(part)]));
}
