-- A temporary store's only: changes that were put aside (parked.c), many to a row, in the bytes of the program's own structure.
CREATE TABLE parked(
  resource INTEGER NOT NULL,
  part INTEGER NOT NULL,
  changes BLOB NOT NULL,
  PRIMARY KEY(resource, part)
) STRICT, WITHOUT ROWID;
