-- What can be made again from the facts: dropped and made anew whenever a database holds anything else under these names
-- (schema.c compares the texts, so that any edit here is a new version).
DROP TABLE IF EXISTS loop;
DROP TABLE IF EXISTS cycle;
DROP TABLE IF EXISTS derived;

CREATE TABLE loop(
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  chain TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  config_rule TEXT NOT NULL,
  document TEXT NOT NULL,
  confidence TEXT NOT NULL,
  partition TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  type TEXT NOT NULL,
  rid TEXT NOT NULL,
  n_cycles INTEGER NOT NULL,
  n_partial INTEGER NOT NULL,
  first_s INTEGER NOT NULL,
  last_s INTEGER NOT NULL,
  period_s INTEGER NOT NULL
) STRICT;

CREATE TABLE cycle(
  loop INTEGER NOT NULL,
  n INTEGER NOT NULL,
  first_s INTEGER NOT NULL,
  last_s INTEGER NOT NULL,
  PRIMARY KEY(loop, n)
) STRICT, WITHOUT ROWID;

-- The version of the program that filled these tables; no row where the facts have changed since.
CREATE TABLE derived(
  version TEXT NOT NULL
) STRICT;
