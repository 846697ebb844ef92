-- What runs as the owner of the tables is called by whom it was made for, and finds no names in a temporary schema first.
DO $$ DECLARE path text := (SELECT string_agg(quote_ident(name), ', ') FROM unnest(current_schemas(false)) name);
BEGIN
	EXECUTE format('ALTER FUNCTION enter_mailbox(text, text) SET search_path = %s, pg_temp', path);
	EXECUTE format('ALTER FUNCTION search_mailbox(tsquery[], text[], tsquery[], integer) SET search_path = %s, pg_temp', path);
END $$;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION enter_mailbox(text, text) FROM PUBLIC;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION search_mailbox(tsquery[], text[], tsquery[], integer) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION search_mailbox(tsquery[], text[], tsquery[], integer) TO postbud_reader;
