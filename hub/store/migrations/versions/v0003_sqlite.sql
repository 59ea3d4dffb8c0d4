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
