-- Three rates of orders whose due time lies in the period and is over, each with its own denominator:
--
-- 按期处置率 (resolved in time)   = resolved_in_time / to_resolve
-- 按期整改率 (rectified in time)  = rectified_in_time / to_rectify
-- 按期结案率 (closed in time)     = closed_in_time / to_close
--
-- to_resolve  a unit was asked; in time = the resolution that stands now came by the due time
-- to_rectify  those of them that were sent back as not done, or opened again (返工)
-- to_close    all, also those that nobody owns; in time = closed by the time for resolving
--
-- A stopped clock has no due time: shelved orders are in none of the three, standing.sql shows them. Void
-- orders are in none either; ended.sql shows them.
--
-- Parameters: district; since <= due_at < until and < at (RFC 3339 UTC, milliseconds); by unit, contractor, area, class or all.
SELECT
    CASE CAST(:by AS TEXT)
        WHEN 'unit' THEN owner_unit
        WHEN 'contractor' THEN contractor
        WHEN 'area' THEN area
        WHEN 'class' THEN catalogue || '/' || class_code
        ELSE 'all'
    END AS part,
    COUNT(dispatched_at) AS to_resolve,
    COUNT(CASE WHEN dispatched_at IS NOT NULL AND resolved_at <= due_at THEN 1 END) AS resolved_in_time,
    COUNT(CASE WHEN dispatched_at IS NOT NULL AND rework + reopened > 0 THEN 1 END) AS to_rectify,
    COUNT(
        CASE WHEN dispatched_at IS NOT NULL AND rework + reopened > 0 AND resolved_at <= due_at THEN 1 END
    ) AS rectified_in_time,
    COUNT(*) AS to_close,
    COUNT(CASE WHEN state = 'closed' AND closed_at <= due_at THEN 1 END) AS closed_in_time
FROM work_order
WHERE
    district = :district AND due_at >= :since AND due_at < :until AND due_at < :at
    AND state <> 'void'
GROUP BY 1
