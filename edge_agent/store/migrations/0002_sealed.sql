-- sealed = 1: an original as captured. Its file is in the folder `sealed`, so that it is known as one
-- without this row, too. It leaves only once `given` holds the id of the event that says who asked for
-- it and why. parent: the original that a masked derivative was made of.
-- problem, open: the problem whose event names the file, and whether its end was not recorded yet.
-- taken_ns: when it was recorded; since_ns: from when on nobody here needs it. 0 = time was not known.
ALTER TABLE evidence ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE evidence ADD COLUMN given TEXT;
ALTER TABLE evidence ADD COLUMN parent TEXT;
ALTER TABLE evidence ADD COLUMN problem TEXT;
ALTER TABLE evidence ADD COLUMN open INTEGER NOT NULL DEFAULT 0;
ALTER TABLE evidence ADD COLUMN taken_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE evidence ADD COLUMN since_ns INTEGER NOT NULL DEFAULT 0;

DROP INDEX evidence_waiting;
CREATE INDEX evidence_waiting ON evidence (event_id)
    WHERE proof_id IS NULL AND shed = 0 AND (sealed = 0 OR given IS NOT NULL);
CREATE INDEX evidence_sealed ON evidence (open, since_ns) WHERE sealed = 1 AND shed = 0;
CREATE INDEX evidence_problem ON evidence (problem) WHERE problem IS NOT NULL;
