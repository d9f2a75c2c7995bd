-- Read the stems of words: empty for a word that says nothing. Without a row, a word stays as it is.
-- Locks: nothing.
SELECT made.dictionary, made.word, COALESCE(made.stems[1], '')
FROM (
    SELECT d.dictionary, w.word, ts_lexize(d.dictionary::regdictionary, w.word) AS stems
    FROM unnest(%(dictionaries)s::text[]) AS d (dictionary) CROSS JOIN unnest(%(words)s::text[]) AS w (word)
) AS made
WHERE made.stems IS NOT NULL
