import { z } from 'zod';
import { channelOf, type EventType, envelope, events, streamOf } from '../src/events.ts';
import { type JsonSchema, schemaWriter } from '../src/http/json-schema.ts';
import { orders, type QueueName, queueNames } from '../src/queues/orders.ts';
import { sentencesOf } from './docs-sentences.ts';

const schemas = '#/components/schemas/';
const tenant = { tenantId: { description: 'One CRM installation' } };
const redis = [{ $ref: '#/servers/redis' }];

/** Queues and events as AsyncAPI 3, seen from Postbud: it receives orders and sends events. */
export async function asyncApi(): Promise<object> {
  const eventTypes = Object.keys(events) as EventType[];
  const given = queueNames.filter((name) => orders[name].addedBy === 'crm');
  const why = await sentencesOf('src/queues/orders.ts', given);
  const when = await sentencesOf('src/events.ts', eventTypes);
  const writer = schemaWriter(schemas, 'draft-7');
  writer.write(envelope, 'output');

  const messages: Record<string, object> = {};
  for (const name of given) {
    const sentence = why.get(name)!;
    messages[name] = {
      title: name,
      summary: sentence,
      contentType: 'application/json',
      payload: writer.write(orders[name].payload, 'input'),
    };
    messages[`${name}.result`] = {
      title: `What ${name} returns`,
      contentType: 'application/json',
      payload: writer.write(orders[name].result, 'output'),
    };
  }
  for (const type of eventTypes) messages[type] = eventMessage(type, when.get(type)!, writer);

  const eventRefs = Object.fromEntries(eventTypes.map((type) => [type, { $ref: `#/components/messages/${type}` }]));
  const components = Object.entries(writer.components).sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Postbud',
      version: '1',
      description:
        'Keeps the mailbox of each CRM user connected. A CRM adds orders to BullMQ queues and hears what became of them as events on Redis. What was missed is read over HTTP: see openapi.json.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      redis: { host: 'localhost:6379', protocol: 'redis', description: 'Redis 7 or Valkey, with AOF and noeviction.' },
      http: { host: 'localhost:3040', protocol: 'http', description: 'Server-sent events; with a bearer token.' },
    },
    channels: {
      ...Object.fromEntries(given.flatMap((name) => channelsOf(name, why.get(name)!))),
      events: {
        address: channelOf('{tenantId}'),
        title: 'Events, on pub/sub',
        description: 'Pub/sub forgets who was not listening: `userseq` shows a gap, and the log tells what was missed.',
        servers: redis,
        parameters: tenant,
        messages: eventRefs,
      },
      eventStream: {
        address: streamOf('{tenantId}'),
        title: 'Events, as a Redis stream',
        description: 'About the 10,000 newest. An entry has one field, `event`; its id is the cursor and `-0`.',
        servers: redis,
        parameters: tenant,
        messages: eventRefs,
      },
      eventLog: {
        address: '/v1/events',
        title: 'Events, as server-sent events',
        description: 'From any cursor on, and then live. The `id:` is the cursor.',
        servers: [{ $ref: '#/servers/http' }],
        messages: eventRefs,
      },
    },
    operations: {
      ...Object.fromEntries(given.map((name) => [name, orderOperation(name, why.get(name)!)])),
      publishEvents: eventOperation('events', 'Publish each event, at least once; `id` tells a repeat.'),
      keepNewestEvents: eventOperation('eventStream', 'Keep the newest events for who was away shortly.'),
      streamEvents: eventOperation('eventLog', 'Send what was missed, then each event as it comes.'),
    },
    components: { messages, schemas: Object.fromEntries(components) },
  };
}

function channelsOf(name: QueueName, sentence: string): [string, object][] {
  return [
    [
      name,
      {
        address: name,
        title: `Queue ${name}`,
        description: `${sentence} A BullMQ queue under the prefix of POSTBUD_PREFIX in braces; the job has the same name.`,
        servers: redis,
        messages: { [name]: { $ref: `#/components/messages/${name}` } },
      },
    ],
    [
      `${name}.result`,
      {
        address: null,
        title: `Result of ${name}`,
        description: 'The return value of the job.',
        servers: redis,
        messages: { [`${name}.result`]: { $ref: `#/components/messages/${name}.result` } },
      },
    ],
  ];
}

function orderOperation(name: QueueName, summary: string): object {
  const result = `#/channels/${name}.result`;
  return {
    action: 'receive',
    summary,
    channel: { $ref: `#/channels/${name}` },
    reply: { channel: { $ref: result }, messages: [{ $ref: `${result}/messages/${name}.result` }] },
  };
}

const eventOperation = (channel: string, summary: string) => ({
  action: 'send',
  summary,
  channel: { $ref: `#/channels/${channel}` },
});

/** The envelope, with the type's own name and data. */
function eventMessage(type: EventType, summary: string, writer: ReturnType<typeof schemaWriter>): object {
  const data = writer.write(events[type], 'output');
  // A disconnect also erases what the log told of messages.
  const erased = writer.write(z.object({ erased: z.literal(true) }), 'output');
  const own: JsonSchema = {
    type: 'object',
    properties: {
      type: { const: `postbud.${type}` },
      data: type.startsWith('message.') ? { anyOf: [data, erased] } : data,
    },
  };
  return {
    name: `postbud.${type}`,
    title: `postbud.${type}`,
    summary,
    contentType: 'application/cloudevents+json',
    payload: { allOf: [{ $ref: `${schemas}Event` }, own] },
  };
}
