-- 立案率 (filing rate) = filed / (filed + refused), of orders opened in the period.
--
-- filed      somebody was asked, or would have been if the place had an owner
-- refused    void before anybody was asked (不予立案)
-- in_review  not decided yet: in neither
-- merged     part of another order, which counts for it: in neither
-- void       false alarms that were filed first: among the filed, and shown
--
-- Parameters: district; since <= opened_at < until (RFC 3339 UTC, milliseconds); by unit, contractor, area, class or all.
SELECT
    CASE CAST(:by AS TEXT)
        WHEN 'unit' THEN owner_unit
        WHEN 'contractor' THEN contractor
        WHEN 'area' THEN area
        WHEN 'class' THEN catalogue || '/' || class_code
        ELSE 'all'
    END AS part,
    COUNT(CASE WHEN merged_into IS NULL AND (dispatched_at IS NOT NULL OR state IN ('no-owner', 'resolved', 'closed')) THEN 1 END) AS filed,
    COUNT(CASE WHEN merged_into IS NULL AND dispatched_at IS NULL AND state = 'void' THEN 1 END) AS refused,
    COUNT(CASE WHEN state = 'review' THEN 1 END) AS in_review,
    COUNT(merged_into) AS merged,
    COUNT(CASE WHEN merged_into IS NULL AND dispatched_at IS NOT NULL AND state = 'void' THEN 1 END) AS void
FROM work_order
WHERE district = :district AND opened_at >= :since AND opened_at < :until
GROUP BY 1
