// clickhouse.mjs DIR DB: the same as duckdb.mjs, with ClickHouse in this process.
import { createRequire } from 'node:module';
const { Session } = createRequire(process.env.TRAILLOOP_BENCH_NODE + '/')('chdb');
const [dir, db] = process.argv.slice(2);
const s = new Session(db);
s.query('create database b engine = Atomic');
s.query(`create table b.events (id String, t DateTime, source LowCardinality(String), name LowCardinality(String),
  region LowCardinality(String), account LowCardinality(String), arn String, agent String, error LowCardinality(String),
  parameters String) engine = ReplacingMergeTree order by (t, id)`);
s.query(`insert into b.events select JSONExtractString(r, 'eventID'), parseDateTimeBestEffort(JSONExtractString(r, 'eventTime')),
    JSONExtractString(r, 'eventSource'), JSONExtractString(r, 'eventName'), JSONExtractString(r, 'awsRegion'),
    JSONExtractString(r, 'recipientAccountId'), JSONExtractString(r, 'userIdentity', 'arn'), JSONExtractString(r, 'userAgent'),
    JSONExtractString(r, 'errorCode'), JSONExtractRaw(r, 'requestParameters')
  from (select arrayJoin(JSONExtractArrayRaw(json, 'Records')) r from file('${dir}/*.json.gz', JSONAsString))`);
const found = s.query(`select count() from (select name, leadInFrame(name, 1) over w n1, leadInFrame(name, 2) over w n2,
    leadInFrame(name, 3) over w n3
  from b.events final where error = '' and (name in ('PutEvaluations', 'StartAutomationExecution')
    or name like 'RemovePermission%' or name like 'AddPermission%')
  window w as (partition by account, region order by t rows between unbounded preceding and unbounded following))
  where name = 'PutEvaluations' and n1 = 'StartAutomationExecution' and n2 like 'Remove%' and n3 like 'Add%'`, 'CSV');
console.log(String(found).trim());
process.exit(0);
