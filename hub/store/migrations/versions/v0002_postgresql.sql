ALTER TABLE api_token ADD COLUMN unit TEXT

ALTER TABLE audit_head ADD COLUMN told BIGINT DEFAULT '0' NOT NULL

CREATE TABLE domain_event (
  district TEXT NOT NULL,
  n BIGINT NOT NULL,
  at TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  data TEXT NOT NULL,
  CONSTRAINT pk_domain_event PRIMARY KEY (district, n)
)

CREATE TABLE duty (
  n BIGSERIAL NOT NULL,
  district TEXT NOT NULL,
  kind TEXT NOT NULL,
  object TEXT NOT NULL,
  lon DOUBLE PRECISION,
  lat DOUBLE PRECISION,
  address TEXT,
  unit TEXT,
  contractor TEXT,
  lot TEXT,
  first_due_at TEXT NOT NULL,
  register_done_at TEXT,
  last_done_at TEXT,
  next_due_at TEXT NOT NULL,
  late_at TEXT NOT NULL,
  reason TEXT NOT NULL,
  tries INTEGER DEFAULT '0' NOT NULL,
  revisit_at TEXT,
  computed_by TEXT NOT NULL,
  state TEXT NOT NULL,
  wake_at TEXT,
  round INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_duty PRIMARY KEY (n),
  CONSTRAINT uq_duty_district_kind_object UNIQUE (district, kind, object)
)

CREATE INDEX ix_duty_due ON duty (district, kind, next_due_at)

CREATE INDEX ix_duty_lot ON duty (district, contractor, lot) WHERE contractor IS NOT NULL

CREATE INDEX ix_duty_never ON duty (district, kind, n) WHERE last_done_at IS NULL

CREATE INDEX ix_duty_object ON duty (district, object)

CREATE INDEX ix_duty_wake ON duty (district, kind, wake_at, n) WHERE wake_at IS NOT NULL

CREATE TABLE duty_progress (
  district TEXT NOT NULL,
  computed_by TEXT NOT NULL,
  through_n BIGINT NOT NULL,
  whole INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_duty_progress PRIMARY KEY (district)
)

CREATE TABLE duty_visit (
  duty_n BIGINT NOT NULL,
  id TEXT NOT NULL,
  made_at TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  outcome TEXT NOT NULL,
  covered DOUBLE PRECISION,
  by TEXT NOT NULL,
  note TEXT,
  evidence TEXT DEFAULT '[]' NOT NULL,
  struck_at TEXT,
  struck_why TEXT,
  CONSTRAINT pk_duty_visit PRIMARY KEY (duty_n, id)
)

CREATE TABLE duty_word (
  duty_n BIGINT NOT NULL,
  round INTEGER NOT NULL,
  phase TEXT NOT NULL,
  reason TEXT NOT NULL,
  due_at TEXT NOT NULL,
  problem_id TEXT NOT NULL,
  at TEXT NOT NULL,
  CONSTRAINT pk_duty_word PRIMARY KEY (duty_n, round)
)

CREATE INDEX ix_duty_word_at ON duty_word (at)

CREATE TABLE notice (
  n BIGSERIAL NOT NULL,
  id TEXT NOT NULL,
  recipient_id BIGINT NOT NULL,
  key TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  made_at TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER DEFAULT '0' NOT NULL,
  next_try_at TEXT,
  delivered_at TEXT,
  last_error TEXT,
  CONSTRAINT pk_notice PRIMARY KEY (n),
  CONSTRAINT uq_notice_recipient_id_key UNIQUE (recipient_id, key)
)

CREATE INDEX ix_notice_id ON notice (id)

CREATE INDEX ix_notice_made_at ON notice (made_at)

CREATE INDEX ix_notice_open ON notice (recipient_id, n) WHERE state IN ('pending', 'failed')

CREATE TABLE notice_try (
  n BIGSERIAL NOT NULL,
  notice_n BIGINT NOT NULL,
  attempt INTEGER NOT NULL,
  at TEXT NOT NULL,
  took_ms INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  said TEXT NOT NULL,
  CONSTRAINT pk_notice_try PRIMARY KEY (n)
)

CREATE INDEX ix_notice_try_notice_n ON notice_try (notice_n)

CREATE TABLE order_alias (
  district TEXT NOT NULL,
  dedupe_key TEXT NOT NULL,
  order_id TEXT NOT NULL,
  merged_id TEXT NOT NULL,
  CONSTRAINT pk_order_alias PRIMARY KEY (district, dedupe_key)
)

CREATE INDEX ix_order_alias_merged_id ON order_alias (merged_id)

CREATE INDEX ix_order_alias_order_id ON order_alias (order_id)

CREATE TABLE order_clock (
  order_id TEXT NOT NULL,
  stage TEXT NOT NULL,
  since TEXT NOT NULL,
  amount DOUBLE PRECISION NOT NULL,
  unit TEXT NOT NULL,
  start_ns BIGINT,
  due_ns BIGINT,
  rule TEXT,
  calendar TEXT,
  beyond_known INTEGER DEFAULT '0' NOT NULL,
  met_at TEXT,
  CONSTRAINT pk_order_clock PRIMARY KEY (order_id, stage)
)

CREATE TABLE order_pause (
  n BIGSERIAL NOT NULL,
  order_id TEXT NOT NULL,
  begin_ns BIGINT NOT NULL,
  end_ns BIGINT,
  reason TEXT NOT NULL,
  by TEXT NOT NULL,
  CONSTRAINT pk_order_pause PRIMARY KEY (n)
)

CREATE INDEX ix_order_pause_order_id ON order_pause (order_id)

CREATE TABLE order_problem (
  district TEXT NOT NULL,
  problem_id TEXT NOT NULL,
  source TEXT NOT NULL,
  order_id TEXT,
  looks INTEGER DEFAULT '1' NOT NULL,
  first_at TEXT NOT NULL,
  last_at TEXT NOT NULL,
  ended_at TEXT,
  CONSTRAINT pk_order_problem PRIMARY KEY (district, problem_id, source)
)

CREATE INDEX ix_order_problem_order_id ON order_problem (order_id)

CREATE TABLE performance_case (
  id TEXT NOT NULL,
  district TEXT NOT NULL,
  contractor TEXT NOT NULL,
  lot TEXT NOT NULL,
  measure TEXT NOT NULL,
  period TEXT NOT NULL,
  revision INTEGER NOT NULL,
  terms TEXT NOT NULL,
  rows TEXT NOT NULL,
  finding TEXT NOT NULL,
  proposed_fen BIGINT NOT NULL,
  proposed_at TEXT NOT NULL,
  told INTEGER DEFAULT '0' NOT NULL,
  decision TEXT,
  decided_fen BIGINT,
  decided_by TEXT,
  decided_at TEXT,
  reason TEXT,
  since TEXT,
  CONSTRAINT pk_performance_case PRIMARY KEY (id),
  CONSTRAINT uq_performance_case_district_contractor_lot_measure_period UNIQUE (district, contractor, lot, measure, period)
)

CREATE TABLE photo_print (
  sha256 TEXT NOT NULL,
  district TEXT NOT NULL,
  dhash BIGINT NOT NULL,
  taken_at TEXT,
  lon DOUBLE PRECISION,
  lat DOUBLE PRECISION,
  added_at TEXT NOT NULL,
  CONSTRAINT pk_photo_print PRIMARY KEY (sha256)
)

CREATE TABLE recipient (
  id BIGSERIAL NOT NULL,
  district TEXT NOT NULL,
  name TEXT NOT NULL,
  channel TEXT NOT NULL,
  target TEXT NOT NULL,
  secret TEXT,
  former_secret TEXT,
  former_until TEXT,
  wants TEXT NOT NULL,
  added_at TEXT NOT NULL,
  cursor BIGINT NOT NULL,
  missed BIGINT DEFAULT '0' NOT NULL,
  paused_at TEXT,
  paused_why TEXT,
  failures INTEGER DEFAULT '0' NOT NULL,
  failing_since TEXT,
  quiet_until TEXT,
  held_until TEXT,
  holds BIGINT DEFAULT '0' NOT NULL,
  served_at TEXT,
  CONSTRAINT pk_recipient PRIMARY KEY (id),
  CONSTRAINT uq_recipient_district_name UNIQUE (district, name)
)

CREATE TABLE reference (
  serial BIGSERIAL NOT NULL,
  district TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  content BYTEA,
  at TEXT NOT NULL,
  by TEXT NOT NULL,
  CONSTRAINT pk_reference PRIMARY KEY (serial),
  CONSTRAINT uq_reference_district_kind_name_version UNIQUE (district, kind, name, version)
)

CREATE TABLE second_look (
  id TEXT NOT NULL,
  district TEXT NOT NULL,
  order_id TEXT NOT NULL,
  round INTEGER NOT NULL,
  slot TEXT,
  why_slot TEXT,
  asked_at TEXT,
  answer_by TEXT,
  answered_at TEXT,
  verdict TEXT,
  confidence DOUBLE PRECISION,
  photos TEXT,
  CONSTRAINT pk_second_look PRIMARY KEY (id),
  CONSTRAINT uq_second_look_order_id_round UNIQUE (order_id, round)
)

CREATE TABLE timer (
  n BIGSERIAL NOT NULL,
  district TEXT NOT NULL,
  order_id TEXT NOT NULL,
  step TEXT NOT NULL,
  round INTEGER DEFAULT '0' NOT NULL,
  due_at TEXT,
  fired_at TEXT,
  outcome TEXT,
  tries INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_timer PRIMARY KEY (n),
  CONSTRAINT uq_timer_order_id_step_round UNIQUE (order_id, step, round)
)

CREATE INDEX ix_timer_due ON timer (district, due_at) WHERE fired_at IS NULL

ALTER TABLE work_order ADD COLUMN merged_from TEXT

ALTER TABLE work_order ADD COLUMN last_at TEXT

ALTER TABLE work_order ADD COLUMN cell TEXT

ALTER TABLE work_order ADD COLUMN contractor TEXT

ALTER TABLE work_order ADD COLUMN resolved_unit TEXT

ALTER TABLE work_order ADD COLUMN resolved_contractor TEXT

ALTER TABLE work_order ADD COLUMN returned INTEGER DEFAULT '0' NOT NULL

ALTER TABLE work_order ADD COLUMN reopened INTEGER DEFAULT '0' NOT NULL

ALTER TABLE work_order ADD COLUMN extended INTEGER DEFAULT '0' NOT NULL

ALTER TABLE work_order ADD COLUMN shelved_until TEXT

ALTER TABLE work_order ADD COLUMN due_calendar TEXT

ALTER TABLE work_order ADD COLUMN beyond_known INTEGER DEFAULT '0' NOT NULL

CREATE INDEX ix_work_order_district_cell ON work_order (district, cell, class_code)

CREATE INDEX ix_work_order_district_class_seq ON work_order (district, class_code, seq)

CREATE INDEX ix_work_order_district_closed_at ON work_order (district, closed_at)

CREATE INDEX ix_work_order_district_due_at ON work_order (district, due_at)

CREATE INDEX ix_work_order_district_object_seq ON work_order (district, object, seq)

CREATE INDEX ix_work_order_district_opened_at ON work_order (district, opened_at)

CREATE INDEX ix_work_order_merged_into ON work_order (merged_into)

UPDATE work_order SET last_at = observed_at

INSERT INTO order_problem (district, problem_id, source, order_id, looks, first_at, last_at, ended_at)
SELECT district, problem_id, source, order_id, looks, first_at, last_at,
  CASE WHEN over_at >= going_at THEN over_at END
FROM (
  SELECT district, problem_id, source, order_id,
    count(*) OVER whole AS looks,
    min(observed_at) OVER whole AS first_at,
    max(observed_at) OVER whole AS last_at,
    max(CASE WHEN phase = 'ended' THEN observed_at END) OVER whole AS over_at,
    max(CASE WHEN phase = 'ended' THEN '' ELSE observed_at END) OVER whole AS going_at,
    row_number() OVER (
      PARTITION BY district, source, problem_id ORDER BY observed_at DESC, received_at DESC
    ) AS nth
  FROM sighting
  WHERE order_id IS NOT NULL
  WINDOW whole AS (PARTITION BY district, source, problem_id)
) told
WHERE nth = 1
