CREATE TABLE "bodies" (
	"tenant_id" text NOT NULL,
	"hash" text NOT NULL,
	"bytes" "bytea" NOT NULL,
	"size" integer NOT NULL,
	"stored_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "bodies_tenant_id_hash_pk" PRIMARY KEY("tenant_id","hash")
);
--> statement-breakpoint
CREATE TABLE "commands" (
	"id" uuid PRIMARY KEY NOT NULL,
	"no" bigserial NOT NULL,
	"account_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"payload" jsonb NOT NULL,
	"order_key" text,
	"tries" integer DEFAULT 0 NOT NULL,
	"answer" jsonb,
	"bytes" "bytea",
	"refusal" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"asked_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "folders" DROP CONSTRAINT "folders_account_id_accounts_id_fk";
--> statement-breakpoint
ALTER TABLE "folders" ALTER COLUMN "uid_validity" SET DEFAULT 0;
--> statement-breakpoint
ALTER TABLE "folders" ALTER COLUMN "uid_next" SET DEFAULT 0;
--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "delimiter" text DEFAULT '/' NOT NULL;
--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "selectable" boolean DEFAULT true NOT NULL;
--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "subscribed" boolean DEFAULT true NOT NULL;
--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "mode" text DEFAULT 'kept' NOT NULL;
--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "mailbox_id" text;
--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "message_count" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "history_uid" bigint;
--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "history_total" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "history_done" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "checked_at" timestamp with time zone;
--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "body_max_bytes" integer DEFAULT 1048576 NOT NULL;
--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "body_days" integer DEFAULT 90 NOT NULL;
--> statement-breakpoint
CREATE INDEX "bodies_stored" ON "bodies" USING btree ("tenant_id","stored_at");
--> statement-breakpoint
CREATE INDEX "commands_open" ON "commands" USING btree ("account_id","no") WHERE "commands"."ended_at" is null;
--> statement-breakpoint
CREATE UNIQUE INDEX "commands_order" ON "commands" USING btree ("account_id","order_key") WHERE "commands"."order_key" is not null;
--> statement-breakpoint
CREATE INDEX "commands_expired" ON "commands" USING btree ("expires_at");
--> statement-breakpoint
ALTER TABLE "folders" ADD CONSTRAINT "folders_mode" CHECK (mode in ('watched', 'kept', 'off'));
--> statement-breakpoint
UPDATE "folders" SET "mode" = 'watched' WHERE "role" = 'inbox';
--> statement-breakpoint
-- Full text, and trigrams for the parts of compound words, in one index with the account.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS btree_gin;
--> statement-breakpoint
-- A table cannot be partitioned later: a new one takes the place of the old one, and its rows.
ALTER TABLE "messages" RENAME TO "messages_before";
--> statement-breakpoint
DROP INDEX "messages_uid";
--> statement-breakpoint
DROP INDEX "messages_header";
--> statement-breakpoint
ALTER TABLE "messages_before" DROP CONSTRAINT "messages_account_id_id_pk";
--> statement-breakpoint
CREATE TABLE "messages" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"folder_id" uuid NOT NULL,
	"uid" bigint,
	"message_id_header" text,
	"email_id" text,
	"thread_id" text DEFAULT '' NOT NULL,
	"in_reply_to" text,
	"references" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"date" timestamp with time zone,
	"internal_date" timestamp with time zone NOT NULL,
	"size" integer NOT NULL,
	"flags" jsonb NOT NULL,
	"unread" boolean GENERATED ALWAYS AS (not (flags @> '["\\Seen"]'::jsonb)) STORED NOT NULL,
	"from" jsonb NOT NULL,
	"to" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"cc" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"reply_to" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"subject" text NOT NULL,
	"preview" text DEFAULT '' NOT NULL,
	"list_id" text,
	"auto_submitted" text,
	"attachments" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"text_parts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"has_attachments" boolean DEFAULT false NOT NULL,
	"marks" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"broken" text,
	"index_wanted" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "messages_account_id_id_pk" PRIMARY KEY("account_id","id")
) PARTITION BY HASH ("account_id");
--> statement-breakpoint
CREATE TABLE "message_parts" (
	"account_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"part" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "message_parts_account_id_message_id_part_pk" PRIMARY KEY("account_id","message_id","part")
) PARTITION BY HASH ("account_id");
--> statement-breakpoint
CREATE TABLE "message_people" (
	"account_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"role" text NOT NULL,
	"address" text NOT NULL,
	"name" text NOT NULL,
	"internal_date" timestamp with time zone NOT NULL,
	CONSTRAINT "message_people_account_id_message_id_role_address_pk" PRIMARY KEY("account_id","message_id","role","address")
) PARTITION BY HASH ("account_id");
--> statement-breakpoint
CREATE TABLE "message_search" (
	"account_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"stems" "tsvector" NOT NULL,
	"long_words" text DEFAULT '' NOT NULL,
	CONSTRAINT "message_search_account_id_message_id_pk" PRIMARY KEY("account_id","message_id")
) PARTITION BY HASH ("account_id");
--> statement-breakpoint
DO $$ BEGIN
	FOR n IN 0..63 LOOP
		EXECUTE format('CREATE TABLE messages_%s PARTITION OF messages FOR VALUES WITH (MODULUS 64, REMAINDER %s)', n, n);
		EXECUTE format('CREATE TABLE message_people_%s PARTITION OF message_people FOR VALUES WITH (MODULUS 64, REMAINDER %s)', n, n);
		EXECUTE format('CREATE TABLE message_search_%s PARTITION OF message_search FOR VALUES WITH (MODULUS 64, REMAINDER %s)', n, n);
		EXECUTE format('CREATE TABLE message_parts_%s PARTITION OF message_parts FOR VALUES WITH (MODULUS 64, REMAINDER %s)', n, n);
	END LOOP;
END $$;
--> statement-breakpoint
INSERT INTO "messages" ("account_id", "id", "folder_id", "uid", "message_id_header", "internal_date", "size", "flags", "from", "subject", "created_at")
SELECT "account_id", "id", "folder_id", "uid", "message_id_header", coalesce("internal_date", "created_at"), "size", "flags", "from", "subject", "created_at" FROM "messages_before";
--> statement-breakpoint
DROP TABLE "messages_before";
--> statement-breakpoint
CREATE UNIQUE INDEX "messages_uid" ON "messages" USING btree ("account_id","folder_id","uid");
--> statement-breakpoint
CREATE INDEX "messages_header" ON "messages" USING btree ("account_id","message_id_header");
--> statement-breakpoint
CREATE INDEX "message_parts_hash" ON "message_parts" USING btree ("hash");
--> statement-breakpoint
CREATE INDEX "message_people_address" ON "message_people" USING btree ("account_id","address","internal_date");
--> statement-breakpoint
CREATE INDEX "messages_in_folder" ON "messages" USING btree ("account_id","folder_id","internal_date","id");
--> statement-breakpoint
CREATE INDEX "messages_by_date" ON "messages" USING btree ("account_id","internal_date","id");
--> statement-breakpoint
CREATE INDEX "messages_thread" ON "messages" USING btree ("account_id","thread_id","internal_date");
--> statement-breakpoint
CREATE INDEX "messages_unread" ON "messages" USING btree ("account_id","internal_date","id") WHERE "messages"."unread";
--> statement-breakpoint
CREATE INDEX "messages_lost" ON "messages" USING btree ("account_id","message_id_header") WHERE "messages"."uid" is null;
--> statement-breakpoint
CREATE INDEX "messages_unindexed" ON "messages" USING btree ("account_id","internal_date") WHERE "messages"."index_wanted";
--> statement-breakpoint
CREATE INDEX "messages_broken" ON "messages" USING btree ("account_id","internal_date") WHERE "messages"."broken" is not null;
--> statement-breakpoint
CREATE INDEX "message_search_words" ON "message_search" USING gin ("account_id","stems","long_words" gin_trgm_ops);
--> statement-breakpoint
-- Who reads for HTTP does so as this role, which sees the rows of one mailbox only: the one that enter_mailbox found.
DO $$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'postbud_reader') THEN
		CREATE ROLE postbud_reader NOLOGIN;
	END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server is being set up as well
END $$;
--> statement-breakpoint
DO $$ BEGIN
	IF NOT pg_has_role(current_user, 'postbud_reader', 'member') THEN
		EXECUTE format('GRANT postbud_reader TO %I', current_user);
	END IF;
END $$;
--> statement-breakpoint
CREATE FUNCTION enter_mailbox(of_tenant text, of_user text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE found uuid;
BEGIN
	SELECT a.id INTO found FROM accounts a
	WHERE a.tenant_id = of_tenant AND a.user_id = of_user AND a.state <> 'disconnected';
	PERFORM set_config('postbud.account', coalesce(found::text, ''), true);
	PERFORM set_config('postbud.tenant', CASE WHEN found IS NULL THEN '' ELSE of_tenant END, true);
	RETURN found;
END $$;
--> statement-breakpoint
DO $$ DECLARE name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['folders', 'messages', 'message_people', 'message_search', 'message_parts', 'bodies'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY of_owner ON %I TO %I USING (true) WITH CHECK (true)', name, current_user);
		EXECUTE format('CREATE POLICY of_reader ON %I FOR SELECT TO postbud_reader USING (%s)', name, CASE name
			WHEN 'bodies' THEN $q$tenant_id = nullif(current_setting('postbud.tenant', true), '')$q$
			ELSE $q$account_id = nullif(current_setting('postbud.account', true), '')::uuid$q$ END);
		EXECUTE format('GRANT SELECT ON %I TO postbud_reader', name);
	END LOOP;
	EXECUTE format('GRANT USAGE ON SCHEMA %I TO postbud_reader', current_schema());
END $$;
