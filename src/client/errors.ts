import type { QueueName } from '../queues/orders.ts';

/** An order by the name that its queue knows it under; who has this may ask for its result later. */
export type OrderRef = { queue: QueueName; id: string };

/** Not ended within the time that the caller gave. The order goes on: `resultOf(error.order)` waits for it again. */
export class OrderPending extends Error {
  override name = 'OrderPending';
  readonly order: OrderRef;

  constructor(order: OrderRef, why: string) {
    super(`${order.queue} ${order.id} has not ended yet: ${why}`);
    this.order = order;
  }
}

/** The order failed: its payload was not valid, or the installation has a fault. A refused login is a result, not this. */
export class OrderFailed extends Error {
  override name = 'OrderFailed';
  readonly order: OrderRef;

  constructor(order: OrderRef, why: string) {
    super(`${order.queue} ${order.id} failed: ${why}`);
    this.order = order;
  }
}

/** HTTP answered with a problem (RFC 9457). `kind` is the last part of its type, and never changes its meaning. */
export class PostbudProblem extends Error {
  override name = 'PostbudProblem';
  readonly status: number;
  readonly kind: string;
  /** The whole problem document. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Record<string, unknown>) {
    const { title = 'no problem document', detail } = problem;
    super(`${status} ${title}${detail === undefined ? '' : `: ${detail}`}`);
    this.status = status;
    this.kind = String(problem.type ?? '').replace(/^.*#/, '');
    this.problem = problem;
  }
}
