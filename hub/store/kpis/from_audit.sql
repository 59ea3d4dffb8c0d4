-- What the rates rest on, worked out once more from the audit log alone, and compared with the orders' own
-- columns: one row for each order in which the two differ. Nothing = they agree.
--
-- The last entry of each order carries what its row said then, under "stands": due time, catalogue, class, unit,
-- contractor, area, relapse_of, merged_into, and how long its clock stood. What was merged stands with the
-- whole; names are written as JSON writes them. Orders whose last entry is older than that are not compared in these.
--
-- Parameters: district
WITH step AS (
    SELECT SUBSTR(subject, 12) AS id, seq, at, actor, action, from_state, to_state
    FROM audit
    WHERE
        district = :district AND SUBSTR(subject, 1, 11) = 'work-order/'
        AND action IN ('opened', 'moved', 'merged', 'unmerged')
),
described AS (
    SELECT SUBSTR(subject, 12) AS id, MAX(seq) AS seq
    FROM audit
    WHERE
        district = :district AND SUBSTR(subject, 1, 11) = 'work-order/'
        AND detail LIKE '%"stands":[%'
    GROUP BY 1
),
-- The last step of each kind: what came behind it has changed nothing of what it left.
tally AS (
    SELECT
        id,
        MIN(CASE WHEN action = 'opened' THEN seq END) AS opened,
        MAX(CASE WHEN action IN ('opened', 'moved') THEN seq END) AS moved,
        MAX(CASE WHEN action IN ('opened', 'moved') AND to_state = 'dispatched' THEN seq END) AS dispatched,
        MAX(CASE WHEN action IN ('opened', 'moved') AND to_state IN ('dispatched', 'no-owner') THEN seq END) AS begun,
        MAX(CASE WHEN action = 'moved' AND to_state = 'resolved' THEN seq END) AS resolved,
        MAX(CASE WHEN action = 'merged' THEN seq END) AS merged,
        MAX(CASE WHEN action = 'unmerged' THEN seq END) AS parted,
        COUNT(CASE WHEN action = 'moved' AND from_state = 'resolved' AND to_state IN ('dispatched', 'no-owner') THEN 1 END) AS rework,
        COUNT(CASE WHEN action = 'moved' AND from_state = 'closed' AND to_state IN ('dispatched', 'no-owner') THEN 1 END) AS reopened,
        COUNT(CASE WHEN action = 'moved' AND to_state = 'returned' THEN 1 END) AS returned
    FROM step
    GROUP BY id
),
told AS (
    SELECT
        tally.id, tally.rework, tally.reopened, tally.returned,
        opened.at AS opened_at,
        dispatched.at AS dispatched_at,
        CASE WHEN tally.merged > COALESCE(tally.parted, 0) THEN 'void' ELSE moved.to_state END AS state,
        CASE WHEN tally.resolved > COALESCE(tally.begun, 0) THEN resolved.at END AS resolved_at,
        CASE WHEN tally.resolved > COALESCE(tally.begun, 0) THEN resolved.actor END AS resolved_by,
        CASE
            WHEN tally.merged > COALESCE(tally.parted, 0) THEN merged.at
            WHEN moved.to_state IN ('closed', 'void') THEN moved.at
        END AS closed_at
    FROM tally
    LEFT JOIN step AS opened ON opened.id = tally.id AND opened.seq = tally.opened
    LEFT JOIN step AS moved ON moved.id = tally.id AND moved.seq = tally.moved
    LEFT JOIN step AS dispatched ON dispatched.id = tally.id AND dispatched.seq = tally.dispatched
    LEFT JOIN step AS resolved ON resolved.id = tally.id AND resolved.seq = tally.resolved
    LEFT JOIN step AS merged ON merged.id = tally.id AND merged.seq = tally.merged
),
stopped AS (
    SELECT order_id, SUM(end_ns - begin_ns) AS ns
    FROM order_pause
    WHERE end_ns IS NOT NULL
    GROUP BY 1
),
stands AS (
    SELECT
        id,
        '"stands":[' || COALESCE('"' || due_at || '"', 'null') || ',"' || catalogue || '","' || class_code
        || '",' || COALESCE('"' || REPLACE(REPLACE(owner_unit, '\', '\\'), '"', '\"') || '"', 'null') || ',' || COALESCE('"' || REPLACE(REPLACE(contractor, '\', '\\'), '"', '\"') || '"', 'null')
        || ',' || COALESCE('"' || REPLACE(REPLACE(area, '\', '\\'), '"', '\"') || '"', 'null') || ',' || COALESCE('"' || relapse_of || '"', 'null')
        || ',' || COALESCE('"' || merged_into || '"', 'null')
        || ',' || COALESCE('"' || CAST(stopped.ns AS TEXT) || '"', 'null') || ']' AS text
    FROM work_order
    LEFT JOIN stopped ON stopped.order_id = work_order.id
    WHERE district = :district
)
SELECT
    work_order.id, work_order.number,
    stands.text AS stands,
    CASE WHEN work_order.merged_into IS NULL AND said.detail = REPLACE(said.detail, stands.text, '') THEN said.detail ELSE stands.text END AS told_stands,
    work_order.state, told.state AS told_state,
    work_order.opened_at, told.opened_at AS told_opened_at,
    work_order.dispatched_at, told.dispatched_at AS told_dispatched_at,
    work_order.resolved_at, told.resolved_at AS told_resolved_at,
    work_order.resolved_by, told.resolved_by AS told_resolved_by,
    work_order.closed_at, told.closed_at AS told_closed_at,
    work_order.rework, COALESCE(told.rework, 0) AS told_rework,
    work_order.reopened, COALESCE(told.reopened, 0) AS told_reopened,
    work_order.returned, COALESCE(told.returned, 0) AS told_returned
FROM work_order
LEFT JOIN told ON told.id = work_order.id
LEFT JOIN stands ON stands.id = work_order.id
LEFT JOIN described ON described.id = work_order.id
LEFT JOIN audit AS said ON said.district = :district AND said.seq = described.seq
WHERE
    work_order.district = :district
    AND (
        work_order.state IS DISTINCT FROM told.state
        OR work_order.opened_at IS DISTINCT FROM told.opened_at
        OR work_order.dispatched_at IS DISTINCT FROM told.dispatched_at
        OR work_order.resolved_at IS DISTINCT FROM told.resolved_at
        OR work_order.resolved_by IS DISTINCT FROM told.resolved_by
        OR work_order.closed_at IS DISTINCT FROM told.closed_at
        OR work_order.rework <> COALESCE(told.rework, 0)
        OR work_order.reopened <> COALESCE(told.reopened, 0)
        OR work_order.returned <> COALESCE(told.returned, 0)
        OR (work_order.merged_into IS NULL AND said.detail = REPLACE(said.detail, stands.text, ''))
    )
ORDER BY work_order.seq
