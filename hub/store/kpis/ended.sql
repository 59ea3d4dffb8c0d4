-- Of orders that were ended in the period, each by its last ending:
--
-- 返工率 (rework rate)   = reworked / closed     sent back as not done, or opened again, at least once
-- 复发率 (relapse rate)  = relapsed / closed     the same problem was there again within 7 days (604,800 s)
--
-- reworks        how often
-- void           false alarms, and whatever else was given up after somebody had been asked
-- refused        void before anybody was asked
-- merged         parts of other orders
--
-- Parameters: district; since <= closed_at < until (RFC 3339 UTC, milliseconds); by unit, contractor, area, class or all.
WITH ended AS (
    SELECT
        CASE CAST(:by AS TEXT)
            WHEN 'unit' THEN owner_unit
            WHEN 'contractor' THEN contractor
            WHEN 'area' THEN area
            WHEN 'class' THEN catalogue || '/' || class_code
            ELSE 'all'
        END AS part,
        id, state, rework, reopened, merged_into, dispatched_at, closed_at
    FROM work_order
    WHERE
        district = :district AND closed_at >= :since AND closed_at < :until
        AND state IN ('closed', 'void')
),
again AS (
    SELECT ended.id, ended.closed_at, later.opened_at
    FROM ended
    CROSS JOIN work_order AS later
    WHERE ended.state = 'closed' AND later.relapse_of = ended.id AND later.district = :district
),
-- Days since 0000-03-01, so that a leap day is a year's last.
broken AS (
    SELECT
        id, closed_at, opened_at,
        CAST(SUBSTR(closed_at, 1, 4) AS INTEGER) - CASE WHEN SUBSTR(closed_at, 6, 2) < '03' THEN 1 ELSE 0 END AS closed_y,
        (CAST(SUBSTR(closed_at, 6, 2) AS INTEGER) + 9) % 12 AS closed_m,
        CAST(SUBSTR(opened_at, 1, 4) AS INTEGER) - CASE WHEN SUBSTR(opened_at, 6, 2) < '03' THEN 1 ELSE 0 END AS opened_y,
        (CAST(SUBSTR(opened_at, 6, 2) AS INTEGER) + 9) % 12 AS opened_m
    FROM again
),
apart AS (
    SELECT
        id,
        (
            365 * opened_y + opened_y / 4 - opened_y / 100 + opened_y / 400 + (opened_m * 306 + 5) / 10
            + CAST(SUBSTR(opened_at, 9, 2) AS INTEGER)
        ) * 86400.0
        + CAST(SUBSTR(opened_at, 12, 2) AS INTEGER) * 3600
        + CAST(SUBSTR(opened_at, 15, 2) AS INTEGER) * 60
        + CAST(SUBSTR(opened_at, 18, 6) AS DOUBLE PRECISION) - (
            (
                365 * closed_y + closed_y / 4 - closed_y / 100 + closed_y / 400 + (closed_m * 306 + 5) / 10
                + CAST(SUBSTR(closed_at, 9, 2) AS INTEGER)
            ) * 86400.0
            + CAST(SUBSTR(closed_at, 12, 2) AS INTEGER) * 3600
            + CAST(SUBSTR(closed_at, 15, 2) AS INTEGER) * 60
            + CAST(SUBSTR(closed_at, 18, 6) AS DOUBLE PRECISION)
        ) AS seconds
    FROM broken
),
back AS (
    SELECT id FROM apart WHERE seconds BETWEEN 0 AND 604800
)
SELECT
    part,
    COUNT(CASE WHEN state = 'closed' THEN 1 END) AS closed,
    COUNT(CASE WHEN state = 'closed' AND rework + reopened > 0 THEN 1 END) AS reworked,
    SUM(CASE WHEN state = 'closed' THEN rework + reopened ELSE 0 END) AS reworks,
    COUNT(CASE WHEN id IN (SELECT id FROM back) THEN 1 END) AS relapsed,
    COUNT(CASE WHEN state = 'void' AND merged_into IS NULL AND dispatched_at IS NOT NULL THEN 1 END) AS void,
    COUNT(CASE WHEN state = 'void' AND merged_into IS NULL AND dispatched_at IS NULL THEN 1 END) AS refused,
    COUNT(merged_into) AS merged
FROM ended
GROUP BY 1
