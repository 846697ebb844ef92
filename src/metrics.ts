import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EventRow } from './db/tables.ts';

const jobBuckets = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const delayBuckets = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 2, 5, 15, 60, 300, 1_800];

export type Metrics = ReturnType<typeof openMetrics>;

/**
 * What this process counts. Labels are queue names, outcomes, event types and routes: nothing that grows with the number
 * of users, and nothing about a person. What stands in Postgres and Redis is asked for by `src/http/metrics.ts`.
 */
export function openMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const jobs = new Histogram({
    name: 'postbud_job_seconds',
    help: 'Time that a job took here, by queue and outcome',
    labelNames: ['queue', 'outcome'],
    buckets: jobBuckets,
    registers,
  });
  const published = new Counter({
    name: 'postbud_events_published_total',
    help: 'Events that this process published, by type; a repeat counts again',
    labelNames: ['type'],
    registers,
  });
  const publishDelay = new Histogram({
    name: 'postbud_event_publish_seconds',
    help: 'From the time of an event to its publishing',
    buckets: delayBuckets,
    registers,
  });
  const deliveryDelay = new Histogram({
    name: 'postbud_delivery_to_event_seconds',
    help: "From the mail server's time of arrival (whole seconds) to our event, for messages that arrived while watched",
    buckets: delayBuckets,
    registers,
  });
  const unknownAnswers = new Counter({
    name: 'postbud_unknown_server_answers_total',
    help: 'Refusals of mail servers that no rule understood; waited for, and worth a look in the log',
    labelNames: ['protocol'],
    registers,
  });
  const watched = new Gauge({
    name: 'postbud_mailboxes_watched',
    help: 'Mailboxes that this process watches',
    registers,
  });
  const requests = new Histogram({
    name: 'postbud_http_request_seconds',
    help: 'Time to the answer of an HTTP request, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: jobBuckets,
    registers,
  });

  return {
    registry,
    /** A job ended here, in whatever way. Fits `ended` of the runner. */
    jobEnded(queue: string, outcome: string, tookMs: number) {
      jobs.observe({ queue, outcome: word(outcome) }, tookMs / 1_000);
    },
    /** The relay published these. Fits `published` of the relay. */
    eventsPublished(rows: readonly Pick<EventRow, 'type' | 'time'>[]) {
      const now = Date.now();
      for (const { type, time } of rows) {
        published.inc({ type });
        publishDelay.observe(Math.max(0, now - time.getTime()) / 1_000);
      }
    },
    /** A message became an event this long after its mail server took it. */
    messageHeard(delayMs: number) {
      deliveryDelay.observe(Math.max(0, delayMs) / 1_000);
    },
    /** A mail server refused something in words that no rule understood. */
    answerUnknown(protocol: 'imap' | 'smtp' | 'oauth' | 'dns') {
      unknownAnswers.inc({ protocol });
    },
    /** This process watches so many mailboxes now. */
    mailboxesWatched(count: number) {
      watched.set(count);
    },
    /** An HTTP request was answered. `route` is the pattern, never the path. */
    requestAnswered({
      method,
      route,
      status,
      tookMs,
    }: {
      method: string;
      route: string;
      status: number;
      tookMs: number;
    }) {
      requests.observe({ method: knownMethods.has(method) ? method : 'other', route, status }, tookMs / 1_000);
    },
  };
}

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Outcomes come from results; one that is no plain word of ours must not become a label. */
const word = (text: string) => (/^[a-z-]{1,32}$/.test(text) ? text : 'other');
