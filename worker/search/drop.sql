-- Takes the index of names away, for `wrangler d1 export` refuses a database that has it. Until make.sql has been run, a
-- search for three characters or more is answered 500; everything else goes on.
DROP TRIGGER IF EXISTS key_names_added;
DROP TRIGGER IF EXISTS key_names_changed;
DROP TRIGGER IF EXISTS key_names_removed;
DROP TABLE IF EXISTS key_names;
