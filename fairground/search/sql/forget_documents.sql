-- Delete the documents of products whose text in that language is gone.
-- Locks: those rows.
DELETE FROM search_document AS d
WHERE d.product_id = ANY(%(product_ids)s::bigint[])
  AND NOT EXISTS (SELECT FROM catalog_producttext AS t WHERE t.product_id = d.product_id AND t.language = d.language)
