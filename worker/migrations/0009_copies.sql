-- How far KV's copies follow the feed: see worker/src/copies.rs. One row.
CREATE TABLE copies (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- The last row of the feed that was followed.
  seq INTEGER NOT NULL,
  -- While all keys are gone through, because the feed does not reach back far enough: the last hash. NULL when that is done.
  walked TEXT
) STRICT;
INSERT INTO copies (id, seq, walked) VALUES (1, 0, '');
