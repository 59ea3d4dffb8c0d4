DROP INDEX ix_work_order_district_observed_at

CREATE INDEX ix_work_order_district_observed_at_seq ON work_order (district, observed_at, seq)

DROP INDEX ix_duty_object
