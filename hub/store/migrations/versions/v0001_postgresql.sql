CREATE TABLE hub_meta (
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT pk_hub_meta PRIMARY KEY (key)
)

CREATE TABLE gateway (
  slot TEXT NOT NULL,
  district TEXT NOT NULL,
  unit TEXT,
  last_seen TEXT,
  health BYTEA,
  health_at TEXT,
  desired_serial INTEGER DEFAULT '0' NOT NULL,
  desired TEXT,
  command_seq INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_gateway PRIMARY KEY (slot)
)

CREATE TABLE device_key (
  kid TEXT NOT NULL,
  slot TEXT NOT NULL,
  public_pem TEXT NOT NULL,
  state TEXT NOT NULL,
  added_at TEXT NOT NULL,
  CONSTRAINT pk_device_key PRIMARY KEY (kid)
)

CREATE INDEX ix_device_key_slot ON device_key (slot)

CREATE TABLE lane (
  id BIGSERIAL NOT NULL,
  slot TEXT NOT NULL,
  epoch TEXT NOT NULL,
  lane TEXT NOT NULL,
  stored BIGINT NOT NULL,
  archived BIGINT NOT NULL,
  head BYTEA NOT NULL,
  box_head BYTEA,
  announced BIGINT DEFAULT '0' NOT NULL,
  receipt TEXT,
  CONSTRAINT pk_lane PRIMARY KEY (id),
  CONSTRAINT uq_lane_slot_epoch_lane UNIQUE (slot, epoch, lane)
)

CREATE TABLE event (
  n BIGSERIAL NOT NULL,
  lane_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  received_ns BIGINT NOT NULL,
  type TEXT NOT NULL,
  body BYTEA NOT NULL,
  CONSTRAINT pk_event PRIMARY KEY (n),
  CONSTRAINT uq_event_lane_id_seq UNIQUE (lane_id, seq)
)

CREATE TABLE irregularity (
  n BIGSERIAL NOT NULL,
  slot TEXT NOT NULL,
  kind TEXT NOT NULL,
  at TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  body BYTEA,
  CONSTRAINT pk_irregularity PRIMARY KEY (n),
  CONSTRAINT uq_irregularity_slot_kind_subject_detail UNIQUE (slot, kind, subject, detail)
)

CREATE INDEX ix_irregularity_slot ON irregularity (slot, n)

CREATE TABLE poison (
  event_id TEXT NOT NULL,
  failures INTEGER NOT NULL,
  reason TEXT NOT NULL,
  CONSTRAINT pk_poison PRIMARY KEY (event_id)
)

CREATE TABLE anchor (
  slot TEXT NOT NULL,
  bootid TEXT NOT NULL,
  monotime TEXT NOT NULL,
  utc TEXT NOT NULL,
  err_ms BIGINT NOT NULL,
  CONSTRAINT pk_anchor PRIMARY KEY (slot, bootid, monotime)
)

CREATE TABLE seen_jti (
  jti TEXT NOT NULL,
  until_s BIGINT NOT NULL,
  CONSTRAINT pk_seen_jti PRIMARY KEY (jti)
)

CREATE INDEX ix_seen_jti_until_s ON seen_jti (until_s)

CREATE TABLE evidence (
  sha256 TEXT NOT NULL,
  slot TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  received_at TEXT NOT NULL,
  CONSTRAINT pk_evidence PRIMARY KEY (sha256)
)

CREATE TABLE command (
  id TEXT NOT NULL,
  slot TEXT NOT NULL,
  cmd_seq INTEGER NOT NULL,
  op TEXT NOT NULL,
  jws TEXT NOT NULL,
  actor TEXT NOT NULL,
  made_at TEXT NOT NULL,
  expires TEXT NOT NULL,
  outcome TEXT,
  detail TEXT,
  CONSTRAINT pk_command PRIMARY KEY (id),
  CONSTRAINT uq_command_slot_cmd_seq UNIQUE (slot, cmd_seq)
)

CREATE TABLE work_order (
  seq BIGSERIAL NOT NULL,
  id TEXT NOT NULL,
  number TEXT,
  district TEXT NOT NULL,
  class_code TEXT NOT NULL,
  catalogue TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  priority TEXT NOT NULL,
  dedupe_key TEXT NOT NULL,
  object TEXT,
  slot TEXT,
  lon DOUBLE PRECISION,
  lat DOUBLE PRECISION,
  error_m DOUBLE PRECISION,
  address TEXT,
  area TEXT,
  area_version INTEGER,
  owner_unit TEXT,
  owner_main TEXT,
  owner_assisting TEXT DEFAULT '[]' NOT NULL,
  policy_name TEXT NOT NULL,
  policy_version INTEGER NOT NULL,
  observed_at TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  ended_at TEXT,
  dispatched_at TEXT,
  resolved_at TEXT,
  resolved_by TEXT,
  closed_at TEXT,
  due_at TEXT,
  due_rule TEXT,
  detail TEXT,
  rework INTEGER DEFAULT '0' NOT NULL,
  relapse_of TEXT,
  merged_into TEXT,
  version INTEGER DEFAULT '1' NOT NULL,
  CONSTRAINT pk_work_order PRIMARY KEY (seq),
  CONSTRAINT uq_work_order_district_number UNIQUE (district, number),
  CONSTRAINT uq_work_order_id UNIQUE (id)
)

CREATE INDEX ix_work_order_district_owner_unit_seq ON work_order (district, owner_unit, seq)

CREATE INDEX ix_work_order_district_dedupe_key ON work_order (district, dedupe_key, closed_at)

CREATE INDEX ix_work_order_district_kind_seq ON work_order (district, kind, seq)

CREATE UNIQUE INDEX uq_work_order_open ON work_order (district, dedupe_key) WHERE state NOT IN ('closed', 'void')

CREATE INDEX ix_work_order_district_observed_at ON work_order (district, observed_at)

CREATE INDEX ix_work_order_district_seq ON work_order (district, seq)

CREATE INDEX ix_work_order_district_state_seq ON work_order (district, state, seq)

CREATE TABLE sighting (
  district TEXT NOT NULL,
  event_id TEXT NOT NULL,
  order_id TEXT,
  source TEXT NOT NULL,
  problem_id TEXT NOT NULL,
  phase TEXT NOT NULL,
  observed_at TEXT NOT NULL,
  received_at TEXT NOT NULL,
  detail TEXT,
  lon DOUBLE PRECISION,
  lat DOUBLE PRECISION,
  error_m DOUBLE PRECISION,
  CONSTRAINT pk_sighting PRIMARY KEY (district, event_id)
)

CREATE INDEX ix_sighting_district_problem_id ON sighting (district, problem_id)

CREATE INDEX ix_sighting_order_id ON sighting (order_id, observed_at)

CREATE TABLE order_evidence (
  order_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  added_at TEXT NOT NULL,
  added_by TEXT NOT NULL,
  CONSTRAINT pk_order_evidence PRIMARY KEY (order_id, sha256)
)

CREATE TABLE number_sequence (
  district TEXT NOT NULL,
  year TEXT NOT NULL,
  last INTEGER NOT NULL,
  CONSTRAINT pk_number_sequence PRIMARY KEY (district, year)
)

CREATE TABLE audit (
  district TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT,
  reason TEXT,
  detail TEXT,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  CONSTRAINT pk_audit PRIMARY KEY (district, seq)
)

CREATE INDEX ix_audit_subject ON audit (district, subject, seq)

CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$

CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse()

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()

CREATE TABLE audit_head (
  district TEXT NOT NULL,
  seq BIGINT NOT NULL,
  hash TEXT NOT NULL,
  CONSTRAINT pk_audit_head PRIMARY KEY (district)
)

CREATE TABLE api_token (
  id TEXT NOT NULL,
  district TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  created_at TEXT NOT NULL,
  revoked_at TEXT,
  last_used_at TEXT,
  CONSTRAINT pk_api_token PRIMARY KEY (id),
  CONSTRAINT uq_api_token_district_name UNIQUE (district, name),
  CONSTRAINT uq_api_token_sha256 UNIQUE (sha256)
)

CREATE TABLE idempotency_key (
  actor TEXT NOT NULL,
  key TEXT NOT NULL,
  request_sha256 TEXT NOT NULL,
  created_at TEXT NOT NULL,
  status INTEGER,
  headers TEXT,
  body BYTEA,
  CONSTRAINT pk_idempotency_key PRIMARY KEY (actor, key)
)

CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at)
