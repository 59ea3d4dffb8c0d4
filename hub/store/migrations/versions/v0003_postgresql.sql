DROP INDEX ix_work_order_district_observed_at

CREATE INDEX ix_work_order_district_observed_at_seq ON work_order (district, observed_at, seq)

CREATE INDEX ix_work_order_district_area_seq ON work_order (district, area, seq)

CREATE INDEX ix_work_order_district_place ON work_order (district, lat, lon)

CREATE INDEX ix_sighting_district_source_order_id ON sighting (district, source, order_id)

DROP INDEX ix_sighting_district_problem_id

CREATE INDEX ix_sighting_unfiled ON sighting (district, problem_id, source) WHERE order_id IS NULL

-- Room in each page for another version of a row, so that what no index holds is changed without them
ALTER TABLE work_order SET (fillfactor = 85)

ALTER TABLE order_problem SET (fillfactor = 90)

DROP INDEX ix_duty_object

CREATE TABLE held_evidence (
  district TEXT NOT NULL,
  problem_id TEXT NOT NULL,
  source TEXT NOT NULL,
  event_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  observed_at TEXT NOT NULL,
  received_at TEXT NOT NULL,
  CONSTRAINT pk_held_evidence PRIMARY KEY (district, problem_id, source, event_id, sha256)
)

CREATE INDEX ix_work_order_relapse_of ON work_order (relapse_of) WHERE relapse_of IS NOT NULL

CREATE INDEX ix_work_order_standing ON work_order (district, state, due_at, resolved_at, owner_unit, contractor, area, catalogue, class_code) WHERE state NOT IN ('closed', 'void')

CREATE TABLE kpi_day (
  district TEXT NOT NULL,
  day TEXT NOT NULL,
  axis TEXT NOT NULL,
  figures TEXT NOT NULL,
  CONSTRAINT pk_kpi_day PRIMARY KEY (district, day, axis)
)

CREATE OR REPLACE FUNCTION kpi_day_opened() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$ BEGIN
  DELETE FROM kpi_day USING (
    SELECT district, left(opened_at, 10) AS day FROM opened
    UNION SELECT district, left(due_at, 10) FROM opened
    UNION SELECT district, left(closed_at, 10) FROM opened
    UNION SELECT former.district, left(former.closed_at, 10)
      FROM opened JOIN work_order AS former ON former.id = opened.relapse_of
  ) AS touched WHERE kpi_day.district = touched.district AND kpi_day.day = touched.day;
  RETURN NULL;
END $$

CREATE OR REPLACE FUNCTION kpi_day_changed() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$ BEGIN
  DELETE FROM kpi_day WHERE district = OLD.district
    AND day IN (left(OLD.opened_at, 10), left(OLD.due_at, 10), left(OLD.closed_at, 10));
  IF OLD.relapse_of IS NOT NULL THEN
    DELETE FROM kpi_day USING work_order AS former WHERE former.id = OLD.relapse_of
      AND kpi_day.district = former.district AND day = left(former.closed_at, 10);
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN NULL;
  END IF;
  DELETE FROM kpi_day WHERE district = NEW.district
    AND day IN (left(NEW.opened_at, 10), left(NEW.due_at, 10), left(NEW.closed_at, 10));
  IF NEW.relapse_of IS NOT NULL THEN
    DELETE FROM kpi_day USING work_order AS former WHERE former.id = NEW.relapse_of
      AND kpi_day.district = former.district AND day = left(former.closed_at, 10);
  END IF;
  RETURN NULL;
END $$

CREATE OR REPLACE FUNCTION kpi_day_paused() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$ BEGIN
  DELETE FROM kpi_day USING work_order AS stopped
  WHERE stopped.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.order_id ELSE NEW.order_id END
    AND kpi_day.district = stopped.district AND day = left(stopped.closed_at, 10);
  RETURN NULL;
END $$

CREATE TRIGGER kpi_day_opened AFTER INSERT ON work_order REFERENCING NEW TABLE AS opened
FOR EACH STATEMENT EXECUTE FUNCTION kpi_day_opened()

CREATE TRIGGER kpi_day_changed AFTER UPDATE OF
  state, class_code, catalogue, owner_unit, contractor, area, opened_at, dispatched_at, resolved_at,
  resolved_by, closed_at, due_at, rework, returned, reopened, merged_into, relapse_of
ON work_order FOR EACH ROW EXECUTE FUNCTION kpi_day_changed()

CREATE TRIGGER kpi_day_dropped AFTER DELETE ON work_order
FOR EACH ROW EXECUTE FUNCTION kpi_day_changed()

CREATE TRIGGER kpi_day_paused AFTER INSERT OR UPDATE OR DELETE ON order_pause
FOR EACH ROW EXECUTE FUNCTION kpi_day_paused()

CREATE TABLE original (
  sha256 TEXT NOT NULL,
  slot TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  given_at TEXT NOT NULL,
  CONSTRAINT pk_original PRIMARY KEY (sha256)
)
