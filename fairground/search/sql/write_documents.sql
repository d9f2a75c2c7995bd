-- Write documents, new ones and those that are there.
-- Locks: those rows, by their key.
INSERT INTO search_document (product_id, language, is_fallback, title_start, words, source)
SELECT product_id, language, is_fallback, title_start, words::tsvector, source
FROM unnest(
    %(product_ids)s::bigint[], %(languages)s::text[], %(fallbacks)s::boolean[], %(title_starts)s::text[],
    %(words)s::text[], %(sources)s::bigint[]
) AS made (product_id, language, is_fallback, title_start, words, source)
ORDER BY product_id, language
ON CONFLICT (product_id, language) DO UPDATE
SET is_fallback = excluded.is_fallback, title_start = excluded.title_start, words = excluded.words,
    source = excluded.source
