/**
 * `npm run check:plans [-- --messages 10000000]`: fills the tables of a Postgres of its own, and asks it how it would answer
 * every query that HTTP and the index use. Ends with 1 when one of them reads a large table from end to end, or sorts more
 * than a page.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'drizzle-orm';
import { type Drizzle, openDatabase } from '../src/db/database.ts';
import { migrate } from '../src/db/migrate.ts';
import { readAs } from '../src/mailbox/read-as.ts';
import { startPostgres } from '../test/support/data-servers.ts';
import { keep, removeAllKept } from '../test/support/keeper.ts';
import { bigUser, fillTables } from './plans-fill.ts';
import { type Checked, ownQueries, readingQueries } from './plans-queries.ts';
import { syncQueries } from './plans-sync.ts';

type Node = {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: Node[];
};
type Explained = { Plan: Node; 'Execution Time': number; 'Planning Time': number };
export type Plan = { name: string; tookMs: number; summary: string; faults: string[] };

const large = /^(messages|message_people|message_search|message_parts|bodies)(_\d+)?$/;
const pageRows = 500;

/** How each query is answered on tables that are filled. */
export async function checkPlans(db: Drizzle): Promise<Plan[]> {
  const known = await readAs(db, bigUser, async ({ tx, accountId }) => {
    const rows = await tx.execute<{ id: string; folderId: string }>(sql`
      select id, folder_id as "folderId" from messages where account_id = ${accountId}::uuid limit 100`);
    return { accountId, folderId: rows[0]!.folderId, messageIds: rows.map(({ id }) => id) };
  });
  const plans: Plan[] = [];
  await readAs(db, bigUser, async (reading) => {
    for (const checked of readingQueries(reading, known)) plans.push(await explain(reading.tx, checked));
  });
  await db.transaction(async (tx) => {
    for (const checked of ownQueries(tx, known)) plans.push(await explain(tx, checked));
  });
  plans.push(...(await insideSearch(db)));
  plans.push(...(await ofSync(db, known)));
  return plans;
}

/** The statements of sync change what they are about; all of it is taken back. */
async function ofSync(db: Drizzle, known: { accountId: string; folderId: string }): Promise<Plan[]> {
  const plans: Plan[] = [];
  const back = new Error('taken back');
  await db
    .transaction(async (tx) => {
      const noted = await tx.transaction(async (inner) => {
        const queries = await syncQueries(inner, known);
        for (const checked of queries) plans.push(await explain(inner, checked));
        return queries;
      });
      if (noted.length < 6) throw new Error('sync has fewer statements than it had');
      throw back;
    })
    .catch((error) => {
      if (error !== back) throw error;
    });
  return plans;
}

async function explain(tx: Pick<Drizzle, 'execute'>, { name, query, sorts = pageRows }: Checked): Promise<Plan> {
  const [row] = await tx.execute<{ 'QUERY PLAN': Explained[] }>(sql`explain (analyze, format json) ${query}`);
  const { Plan: plan, 'Execution Time': execution, 'Planning Time': planning } = row!['QUERY PLAN'][0]!;
  return judge(name, plan, Math.round((execution + planning) * 10) / 10, sorts);
}

/** What is wrong with a plan, and how it goes in one line. */
function judge(name: string, plan: Node, tookMs: number, sorts: number): Plan {
  const faults: string[] = [];
  const steps: string[] = [];
  const walk = (node: Node) => {
    const { 'Node Type': type, 'Relation Name': table, 'Index Name': index } = node;
    const read = (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0);
    // A partition of a page is read as quickly without its index.
    if (type === 'Seq Scan' && table && large.test(table) && read > pageRows) faults.push(`reads all of ${table}`);
    const rows = (node.Plans ?? []).reduce(
      (sum, { 'Actual Rows': n = 0, 'Actual Loops': loops = 1 }) => sum + n * loops,
      0,
    );
    if (type === 'Sort' && rows > sorts) faults.push(`sorts ${rows} rows`);
    if (index || (table && !/^(folders|accounts)/.test(table)) || /Sort/.test(type)) {
      steps.push(`${type}${index || table ? ` ${index ?? table}` : ''} (${node['Actual Rows'] ?? 0})`);
    }
    node.Plans?.forEach(walk);
  };
  walk(plan);
  return { name, tookMs, summary: steps.reverse().join(' → ') || plan['Node Type'], faults };
}

/** The statements that `search_mailbox` makes: its own question, as the owner, since a plan does not show a function's inside. */
async function insideSearch(db: Drizzle): Promise<Plan[]> {
  const [entered] = await db.execute<{ source: string }>(sql`
    select prosrc as source from pg_proc where proname = 'search_mailbox'`);
  // What the function hands to EXECUTE, with the conditions that its loop writes for one word that may be a part.
  const statement = /QUERY EXECUTE\s+'([^']+)' \|\| conditions \|\| '([^']+)'/.exec(entered?.source ?? '');
  if (!statement) throw new Error('search_mailbox does not read as it did: its plan cannot be checked');
  const [, start, end] = statement;
  return db.transaction(async (tx) => {
    await tx.execute(sql`select set_config(split_part(one, '=', 1), split_part(one, '=', 2), true)
      from pg_proc, unnest(proconfig) one where proname = 'search_mailbox' and one like 'enable%'`);
    const [{ account }] = (await tx.execute(sql`
      select id::text as account from accounts where tenant_id = 'acme' and user_id = '1'`)) as never as [
      { account: string },
    ];
    const words: [string, string, string | null][] = [
      ['inside search: a rare word', 'sag5', null],
      ['inside search: a part of words', 'faktur', '%faktur%'],
      ['inside search: a word of every mail', 'tilbud', '%tilbud%'],
    ];
    const plans: Plan[] = [];
    for (const [name, word, part] of words) {
      const condition = ` AND (s.stems @@ '${word}'::tsquery${part ? ` OR s.long_words LIKE '${part}'` : ''})`;
      const text = `${start}${condition}${end}`
        .replaceAll('$1', `'${word}'::tsquery`)
        .replaceAll('$2', `'${account}'::uuid`)
        .replaceAll('$3', '5001');
      plans.push(await explain(tx, { name, query: sql.raw(text) }));
    }
    return plans;
  });
}

/** A line for each plan. */
export const lineOf = ({ name, tookMs, summary, faults }: Plan) =>
  `${faults.length > 0 ? 'FAIL' : 'ok  '} ${String(tookMs).padStart(8)} ms  ${name.padEnd(40)} ${summary.slice(0, 200)}${faults.map((fault) => `\n     ${fault}`).join('')}`;

if (import.meta.main) {
  const { values } = parseArgs({ options: { messages: { type: 'string', default: '100000' } } });
  const count = Number(values.messages);
  const dir = await mkdtemp(join(tmpdir(), 'postbud-plans-'));
  keep({ directory: dir });
  try {
    const { url } = await startPostgres({ dir });
    await migrate(url);
    const log = { warn: () => {} };
    const filling = openDatabase({ url: `${url}?statement_timeout=0`, log, poolSize: 1 });
    const began = performance.now();
    await filling.db.execute(sql`set statement_timeout = 0`);
    await fillTables(filling.db, count, console.log);
    console.log(`${count} messages in ${Math.round((performance.now() - began) / 1_000)} s`);
    await checkPlans(filling.db); // what is in memory afterwards is what a running server has in memory
    const plans = await checkPlans(filling.db);
    for (const plan of plans) console.log(lineOf(plan));
    const [{ size }] = (await filling.db.execute(sql`
      select pg_size_pretty(pg_database_size(current_database())) as size`)) as never as [{ size: string }];
    console.log(`database: ${size}`);
    process.exitCode = plans.some(({ faults }) => faults.length > 0) ? 1 : 0;
    await filling.close();
  } finally {
    await removeAllKept();
  }
}
