-- Of orders that were closed in the period, those in which one and the same did what two should do:
--
-- self_closed   the person who reported it closed it (自报自结)
-- self_handled  the person who reported it says to have resolved it
-- one_gateway   the gateway that reported it saw that it is gone; nobody else looked
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
        resolved_by,
        (
            SELECT MIN(audit.actor) FROM audit
            WHERE
                audit.district = :district AND audit.subject = 'work-order/' || work_order.id
                AND audit.action = 'opened'
        ) AS reporter,
        (
            SELECT MIN(audit.actor) FROM audit
            WHERE
                audit.district = :district AND audit.subject = 'work-order/' || work_order.id
                AND audit.action = 'moved' AND audit.to_state = 'closed'
                AND audit.at = work_order.closed_at
        ) AS closer
    FROM work_order
    WHERE
        district = :district AND closed_at >= :since AND closed_at < :until
        AND state = 'closed'
)
SELECT
    part,
    COUNT(CASE WHEN reporter = closer AND SUBSTR(reporter, 1, 6) = 'token/' THEN 1 END) AS self_closed,
    COUNT(CASE WHEN reporter = resolved_by AND SUBSTR(reporter, 1, 6) = 'token/' THEN 1 END) AS self_handled,
    COUNT(CASE WHEN reporter = closer AND SUBSTR(reporter, 1, 8) = 'gateway/' THEN 1 END) AS one_gateway
FROM ended
GROUP BY 1
