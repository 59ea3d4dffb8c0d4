DROP INDEX ix_work_order_district_observed_at

CREATE INDEX ix_work_order_district_observed_at_seq ON work_order (district, observed_at, seq)

CREATE INDEX ix_work_order_district_area_seq ON work_order (district, area, seq)

CREATE INDEX ix_work_order_district_place ON work_order (district, lat, lon)

CREATE INDEX ix_sighting_district_source_order_id ON sighting (district, source, order_id)

DROP INDEX ix_sighting_district_problem_id

CREATE INDEX ix_sighting_unfiled ON sighting (district, problem_id, source) WHERE order_id IS NULL

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

CREATE TRIGGER kpi_day_opened AFTER INSERT ON work_order BEGIN
  DELETE FROM kpi_day WHERE district = NEW.district AND day IN (
    substr(NEW.opened_at, 1, 10), substr(NEW.due_at, 1, 10), substr(NEW.closed_at, 1, 10),
    (SELECT substr(closed_at, 1, 10) FROM work_order WHERE id = NEW.relapse_of)
  );
END

CREATE TRIGGER kpi_day_changed AFTER UPDATE OF
  state, class_code, catalogue, owner_unit, contractor, area, opened_at, dispatched_at, resolved_at,
  resolved_by, closed_at, due_at, rework, returned, reopened, merged_into, relapse_of
ON work_order BEGIN
  DELETE FROM kpi_day WHERE district = OLD.district AND day IN (
    substr(OLD.opened_at, 1, 10), substr(OLD.due_at, 1, 10), substr(OLD.closed_at, 1, 10),
    (SELECT substr(closed_at, 1, 10) FROM work_order WHERE id = OLD.relapse_of)
  );
  DELETE FROM kpi_day WHERE district = NEW.district AND day IN (
    substr(NEW.opened_at, 1, 10), substr(NEW.due_at, 1, 10), substr(NEW.closed_at, 1, 10),
    (SELECT substr(closed_at, 1, 10) FROM work_order WHERE id = NEW.relapse_of)
  );
END

CREATE TRIGGER kpi_day_dropped AFTER DELETE ON work_order BEGIN
  DELETE FROM kpi_day WHERE district = OLD.district AND day IN (
    substr(OLD.opened_at, 1, 10), substr(OLD.due_at, 1, 10), substr(OLD.closed_at, 1, 10),
    (SELECT substr(closed_at, 1, 10) FROM work_order WHERE id = OLD.relapse_of)
  );
END

CREATE TRIGGER kpi_day_paused AFTER INSERT ON order_pause BEGIN
  DELETE FROM kpi_day WHERE (district, day) IN (
    SELECT district, substr(closed_at, 1, 10) FROM work_order WHERE id = NEW.order_id
  );
END

CREATE TRIGGER kpi_day_pause_changed AFTER UPDATE ON order_pause BEGIN
  DELETE FROM kpi_day WHERE (district, day) IN (
    SELECT district, substr(closed_at, 1, 10) FROM work_order WHERE id = NEW.order_id
  );
END

CREATE TRIGGER kpi_day_pause_dropped AFTER DELETE ON order_pause BEGIN
  DELETE FROM kpi_day WHERE (district, day) IN (
    SELECT district, substr(closed_at, 1, 10) FROM work_order WHERE id = OLD.order_id
  );
END

CREATE TABLE original (
  sha256 TEXT NOT NULL,
  slot TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  given_at TEXT NOT NULL,
  CONSTRAINT pk_original PRIMARY KEY (sha256)
)
