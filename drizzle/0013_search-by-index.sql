-- Asked for a word that is everywhere, Postgres would read a partition from its beginning: the rows of all its mailboxes.
ALTER FUNCTION search_mailbox(tsquery[], text[], tsquery[], integer) SET enable_seqscan = off;
