// duckdb.mjs DIR DB: every record into a new table, each eventID once, then the incident's chain. Prints what it found.
import { createRequire } from 'node:module';
const { DuckDBInstance } = createRequire(process.env.TRAILLOOP_BENCH_NODE + '/')('@duckdb/node-api');
const [dir, db] = process.argv.slice(2);
const c = await (await DuckDBInstance.create(db)).connect();
await c.run(`create table events as select distinct on (id) * from (
  select r->>'$.eventID' as id, (r->>'$.eventTime')::timestamp as t, r->>'$.eventSource' as service, r->>'$.eventName' as name,
    r->>'$.awsRegion' as region, r->>'$.recipientAccountId' as account, r->>'$.userIdentity.arn' as arn,
    r->>'$.userAgent' as agent, r->>'$.errorCode' as error, r->>'$.requestParameters' as parameters
  from (select unnest("Records") as r from read_json('${dir}/*.json.gz', columns = {Records: 'JSON[]'},
    maximum_object_size = 1073741824)))`);
await c.run('checkpoint');
const found = await c.runAndReadAll(`select count(*) from (select name,
    lead(name, 1) over w n1, lead(name, 2) over w n2, lead(name, 3) over w n3
  from events where error is null and (name in ('PutEvaluations', 'StartAutomationExecution')
    or name like 'RemovePermission%' or name like 'AddPermission%') window w as (partition by account, region order by t))
  where name = 'PutEvaluations' and n1 = 'StartAutomationExecution' and n2 like 'Remove%' and n3 like 'Add%'`);
console.log(String(found.getRows()[0][0]));
