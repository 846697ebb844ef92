-- Row-level security lets no operator near an index that might tell of the rows that it hides, and those of full text and
-- trigrams are not known to be silent. So candidates are found by this function, as the owner of the tables, and it never
-- takes an account: it looks where enter_mailbox has said.
-- wanted: all have to be found; parts: where the word at the same place may also be part of a longer one, as a pattern.
CREATE FUNCTION search_mailbox(wanted tsquery[], parts text[], unwanted tsquery[], most integer)
RETURNS TABLE(message_id uuid, score double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT ROWS 100 AS $$
DECLARE
	account uuid := nullif(current_setting('postbud.account', true), '')::uuid;
	every tsquery;
	one tsquery;
	conditions text := '';
BEGIN
	IF account IS NULL OR coalesce(cardinality(wanted), 0) = 0 THEN
		RETURN;
	END IF;
	FOR i IN 1..cardinality(wanted) LOOP
		every := CASE WHEN every IS NULL THEN wanted[i] ELSE every && wanted[i] END;
		conditions := conditions || format(' AND (s.stems @@ %L::tsquery%s)', wanted[i],
			CASE WHEN parts[i] IS NULL THEN '' ELSE format(' OR s.long_words LIKE %L', parts[i]) END);
	END LOOP;
	FOREACH one IN ARRAY coalesce(unwanted, '{}') LOOP
		conditions := conditions || format(' AND NOT s.stems @@ %L::tsquery', one);
	END LOOP;
	-- Planned anew for each account: only one of the partitions is looked at. All words as they are come before parts of words.
	RETURN QUERY EXECUTE
		'SELECT s.message_id, CASE WHEN s.stems @@ $1 THEN 1 + ts_rank(s.stems, $1, 1)::float8 ELSE 0.5 END
		FROM message_search s WHERE s.account_id = $2' || conditions || ' LIMIT $3'
		USING every, account, most;
END $$;
