-- What is open now:
--
-- overdue   超期数: neither resolved nor shelved, and the due time is over at at
-- shelved   the clock stands (挂账)          no_owner  nobody is responsible
-- resolved  waits for the second look        late      of these, resolved behind the due time
--
-- Parameters: district; at (RFC 3339 UTC, milliseconds); by unit, contractor, area, class or all.
SELECT
    CASE CAST(:by AS TEXT)
        WHEN 'unit' THEN owner_unit
        WHEN 'contractor' THEN contractor
        WHEN 'area' THEN area
        WHEN 'class' THEN catalogue || '/' || class_code
        ELSE 'all'
    END AS part,
    COUNT(*) AS open,
    COUNT(CASE WHEN state NOT IN ('resolved', 'shelved') AND due_at < :at THEN 1 END) AS overdue,
    COUNT(CASE WHEN state = 'shelved' THEN 1 END) AS shelved,
    COUNT(CASE WHEN state = 'no-owner' THEN 1 END) AS no_owner,
    COUNT(CASE WHEN state = 'resolved' THEN 1 END) AS resolved,
    COUNT(CASE WHEN state = 'resolved' AND resolved_at > due_at THEN 1 END) AS late
FROM work_order
WHERE
    district = :district
    AND state NOT IN ('closed', 'void')
GROUP BY 1
