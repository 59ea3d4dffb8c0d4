-- 派遣准确率 (dispatch accuracy) = accurate / dispatched, of orders opened in the period.
--
-- dispatched  orders that a unit was asked to see to; merged ones are counted with the whole
-- accurate    those of them that no unit sent back as not its own (回退)
-- returns     how often that was done
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
    COUNT(*) AS dispatched,
    COUNT(CASE WHEN returned = 0 THEN 1 END) AS accurate,
    SUM(returned) AS returns
FROM work_order
WHERE
    district = :district AND opened_at >= :since AND opened_at < :until
    AND dispatched_at IS NOT NULL AND merged_into IS NULL
GROUP BY 1
