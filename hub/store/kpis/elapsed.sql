-- How long orders that were closed in the period took, from opening to (last) closing:
--
-- gross_s    seconds on the wall, of all of them together
-- stopped_s  of these, while the clock stood (shelved 挂账); net = gross - stopped
-- longest_s  the longest of them, gross
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
        id, opened_at, closed_at
    FROM work_order
    WHERE
        district = :district AND closed_at >= :since AND closed_at < :until
        AND state = 'closed'
),
-- Days since 0000-03-01, so that a leap day is a year's last.
broken AS (
    SELECT
        part, closed_at, opened_at,
        CAST(SUBSTR(closed_at, 1, 4) AS INTEGER) - CASE WHEN SUBSTR(closed_at, 6, 2) < '03' THEN 1 ELSE 0 END AS closed_y,
        (CAST(SUBSTR(closed_at, 6, 2) AS INTEGER) + 9) % 12 AS closed_m,
        CAST(SUBSTR(opened_at, 1, 4) AS INTEGER) - CASE WHEN SUBSTR(opened_at, 6, 2) < '03' THEN 1 ELSE 0 END AS opened_y,
        (CAST(SUBSTR(opened_at, 6, 2) AS INTEGER) + 9) % 12 AS opened_m
    FROM ended
),
took AS (
    SELECT
        part,
        (
            365 * closed_y + closed_y / 4 - closed_y / 100 + closed_y / 400 + (closed_m * 306 + 5) / 10
            + CAST(SUBSTR(closed_at, 9, 2) AS INTEGER)
        ) * 86400.0
        + CAST(SUBSTR(closed_at, 12, 2) AS INTEGER) * 3600
        + CAST(SUBSTR(closed_at, 15, 2) AS INTEGER) * 60
        + CAST(SUBSTR(closed_at, 18, 6) AS DOUBLE PRECISION) - (
            (
                365 * opened_y + opened_y / 4 - opened_y / 100 + opened_y / 400 + (opened_m * 306 + 5) / 10
                + CAST(SUBSTR(opened_at, 9, 2) AS INTEGER)
            ) * 86400.0
            + CAST(SUBSTR(opened_at, 12, 2) AS INTEGER) * 3600
            + CAST(SUBSTR(opened_at, 15, 2) AS INTEGER) * 60
            + CAST(SUBSTR(opened_at, 18, 6) AS DOUBLE PRECISION)
        ) AS gross_s
    FROM broken
),
total AS (
    SELECT part, SUM(gross_s) AS gross_s, MAX(gross_s) AS longest_s
    FROM took
    GROUP BY 1
),
stood AS (
    SELECT ended.part, SUM(CAST(order_pause.end_ns - order_pause.begin_ns AS DOUBLE PRECISION)) AS ns
    FROM ended
    JOIN order_pause ON order_pause.order_id = ended.id
    WHERE order_pause.end_ns IS NOT NULL
    GROUP BY 1
)
SELECT
    total.part, total.gross_s, total.longest_s,
    COALESCE(stood.ns, 0) / 1000000000.0 AS stopped_s
FROM total
LEFT JOIN stood ON stood.part IS NOT DISTINCT FROM total.part
