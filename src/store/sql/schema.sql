-- The facts, version 1. Told in docs/DATABASE.md. Names are singular: the plural ones are the views'.
-- Every number that stands for a word (kind, outcome, container, compliance, action, flags) is fixed for good by the
-- assertions in schema.c and spelt out in the views.
-- Interned text. Row 0 is the empty text, which stands for "none" wherever a text is referred to.
CREATE TABLE text(
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE api(
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  name TEXT NOT NULL,
  service TEXT NOT NULL,
  action TEXT NOT NULL,
  UNIQUE(source, name)
) STRICT;

CREATE TABLE scope(
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  UNIQUE(account, region)
) STRICT;

CREATE TABLE caller(
  id INTEGER PRIMARY KEY,
  principal TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  identity_type TEXT NOT NULL,
  invoked_by TEXT NOT NULL,
  person INTEGER NOT NULL,
  UNIQUE(principal, user_agent, identity_type, invoked_by, person)
) STRICT;

CREATE TABLE resource(
  id INTEGER PRIMARY KEY,
  partition TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  type TEXT NOT NULL,
  rid TEXT NOT NULL,
  UNIQUE(rid, type, account, region, partition)
) STRICT;

-- The manifest. A file that changed gets a new row; the old one stays, not current, while it is some event's origin.
CREATE TABLE source(
  id INTEGER PRIMARY KEY,
  location TEXT NOT NULL,
  path TEXT NOT NULL,
  current INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  sha256 BLOB,
  container INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  reason TEXT NOT NULL,
  n_members INTEGER NOT NULL,
  trailing_bytes INTEGER NOT NULL,
  inflated_bytes INTEGER NOT NULL,
  n_read INTEGER NOT NULL,
  n_kept INTEGER NOT NULL,
  n_duplicates INTEGER NOT NULL,
  n_damaged INTEGER NOT NULL,
  n_unused INTEGER NOT NULL,
  n_foreign INTEGER NOT NULL,
  n_withheld INTEGER NOT NULL,
  gone INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX source_current ON source(location) WHERE current = 1;
CREATE INDEX source_gone ON source(location) WHERE gone = 1;
CREATE INDEX source_tally ON source(current, outcome, n_read, n_kept, n_duplicates, n_damaged, n_unused, n_withheld);

CREATE TABLE damaged(
  source INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  record INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  why INTEGER NOT NULL,
  PRIMARY KEY(source, seq)
) STRICT, WITHOUT ROWID;

-- What the log can speak for: kept up to date at each file, so that it never takes a scan of the events.
CREATE TABLE coverage(
  scope INTEGER PRIMARY KEY,
  first_s INTEGER NOT NULL,
  last_s INTEGER NOT NULL,
  n_kept INTEGER NOT NULL,
  n_unused INTEGER NOT NULL
) STRICT;

-- The minutes in which there was a record, kept or not: a bit each, 64 to a row; block 0 begins with 1970. What lies between
-- them is silence, which may be a file that is missing.
CREATE TABLE presence(
  scope INTEGER NOT NULL,
  block INTEGER NOT NULL,
  minutes INTEGER NOT NULL,
  PRIMARY KEY(scope, block)
) STRICT, WITHOUT ROWID;

-- Records of a source that were read but not stored, so that a new version of the file can take its place in coverage.
CREATE TABLE unused(
  source INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY(source, scope)
) STRICT, WITHOUT ROWID;

-- What many events have in common. `flags` are the event's.
CREATE TABLE shape(
  id INTEGER PRIMARY KEY,
  api INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  caller INTEGER NOT NULL,
  error INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  UNIQUE(api, scope, caller, error, kind, flags)
) STRICT;

-- The key is the time in seconds times 2^25, plus 25 bits of a hash of the id; where these are taken by another id, the
-- next number that is free. Whoever looks for one stops at the first gap: pruning leaves the events between such an event
-- and its own place.
CREATE TABLE event(
  key INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  shape INTEGER NOT NULL,
  session INTEGER NOT NULL,
  source INTEGER NOT NULL,
  record INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL
) STRICT;

-- What that hash starts from, so that nobody can write ids that meet on purpose.
CREATE TABLE seed(
  n INTEGER NOT NULL
) STRICT;
INSERT INTO seed(n) VALUES (random());

-- The eventIDs that are no UUID.
CREATE TABLE event_text(
  id BLOB PRIMARY KEY,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict(
  event INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  resource INTEGER NOT NULL,
  rule INTEGER NOT NULL,
  compliance INTEGER NOT NULL,
  PRIMARY KEY(event, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdict_resource ON verdict(resource);

-- `parent` is the execution in whose session it was started: a runbook may start another one.
CREATE TABLE attempt(
  event INTEGER PRIMARY KEY,
  document INTEGER NOT NULL,
  execution INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  by_config INTEGER NOT NULL
) STRICT;

CREATE TABLE attempt_value(
  event INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY(event, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_value_value ON attempt_value(value);

-- The changes of one resource lie together, since that is how they are read; the index finds those of one event.
-- `shape` is the event's, here once more so that what repeats is told without a look at the events. Resource 0: failed
-- calls whose parameters name none. `fingerprint` is equal where the parameters are, but for what names the resource.
CREATE TABLE change(
  resource INTEGER NOT NULL,
  event INTEGER NOT NULL,
  shape INTEGER NOT NULL,
  execution INTEGER NOT NULL,
  detail INTEGER NOT NULL,
  fingerprint INTEGER NOT NULL,
  PRIMARY KEY(resource, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_event ON change(event);
CREATE INDEX change_execution ON change(execution) WHERE execution <> 0;

CREATE TABLE control(
  event INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  action INTEGER NOT NULL,
  rule INTEGER NOT NULL,
  resource INTEGER,
  document INTEGER NOT NULL,
  automatic INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  window_s INTEGER NOT NULL,
  PRIMARY KEY(event, seq)
) STRICT, WITHOUT ROWID;

-- The resources whose changes an analysis looks through though they were never judged (watch.c): where there may be a loop
-- (restless), and where there are changes, between `first` and `last`, that nobody has looked at yet.
CREATE TABLE watched(
  resource INTEGER PRIMARY KEY,
  first INTEGER,
  last INTEGER,
  restless INTEGER NOT NULL
) STRICT;

-- The version of the program that says so; no row where it has not looked at all of them, and `watched` is of no use.
CREATE TABLE looked(
  version TEXT NOT NULL
) STRICT;

-- What `prune` took away: records before the first time, and facts of remediation before the second. Such records are not
-- stored again. One row; the earliest time there is where nothing was.
CREATE TABLE pruned(
  before_s INTEGER NOT NULL,
  facts_from_s INTEGER NOT NULL
) STRICT;
INSERT INTO pruned(before_s, facts_from_s) VALUES (-274877906944, -274877906944);

-- What `report --new` told last to whom: each loop as it was then. `name` is the reader's, not a text of the log.
CREATE TABLE told(
  name TEXT NOT NULL,
  loop TEXT NOT NULL,
  n_cycles INTEGER NOT NULL,
  running INTEGER NOT NULL,
  PRIMARY KEY(name, loop)
) STRICT, WITHOUT ROWID;

-- `name` is another form of `resource`, whose id is the one AWS Config uses.
CREATE TABLE alias(
  resource INTEGER NOT NULL,
  name INTEGER NOT NULL,
  PRIMARY KEY(resource, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_name ON alias(name, resource);

INSERT INTO text(id, text) VALUES (0, '');
