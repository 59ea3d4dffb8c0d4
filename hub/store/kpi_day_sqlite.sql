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
