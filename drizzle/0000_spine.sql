CREATE SEQUENCE "public"."event_cursor" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"user_id" text NOT NULL,
	"email" text NOT NULL,
	"state" text NOT NULL,
	"state_since" timestamp with time zone DEFAULT now() NOT NULL,
	"refusal" jsonb,
	"prefill" jsonb,
	"provider" text,
	"imap" jsonb,
	"smtp" jsonb,
	"imap_secret" text,
	"smtp_secret" text,
	"secret_kind" text DEFAULT 'password' NOT NULL,
	"locale" text DEFAULT 'en' NOT NULL,
	"return_url" text,
	"sync_from" date,
	"sending" jsonb,
	"synced_at" timestamp with time zone,
	"answered_at" timestamp with time zone,
	"last_delay_ms" integer,
	"down_since" timestamp with time zone,
	"announced" text,
	"tries" integer DEFAULT 0 NOT NULL,
	"next_try_at" timestamp with time zone DEFAULT now(),
	"holder" uuid,
	"token" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_state" CHECK (state in ('authorizing', 'needs-settings', 'validating', 'syncing', 'connected', 'reconnecting', 'throttled', 'login-blocked', 'auth-failed', 'paused', 'disconnected'))
);
--> statement-breakpoint
CREATE TABLE "events" (
	"no" bigserial PRIMARY KEY NOT NULL,
	"id" uuid NOT NULL,
	"tenant_id" text NOT NULL,
	"user_id" text NOT NULL,
	"user_seq" bigint NOT NULL,
	"account_id" uuid,
	"type" text NOT NULL,
	"time" timestamp with time zone NOT NULL,
	"data" jsonb NOT NULL,
	"cursor" bigint,
	"published_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "event_trims" (
	"tenant_id" text PRIMARY KEY NOT NULL,
	"cursor" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" uuid,
	"token" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "processes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"roles" jsonb NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"beat_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "folders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account_id" uuid NOT NULL,
	"path" text NOT NULL,
	"role" text,
	"uid_validity" bigint NOT NULL,
	"uid_next" bigint NOT NULL,
	"highest_modseq" bigint,
	"new_since" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"folder_id" uuid NOT NULL,
	"uid" bigint,
	"message_id_header" text,
	"internal_date" timestamp with time zone,
	"size" integer NOT NULL,
	"flags" jsonb NOT NULL,
	"from" jsonb NOT NULL,
	"subject" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "messages_account_id_id_pk" PRIMARY KEY("account_id","id")
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"queue" text NOT NULL,
	"job_id" text NOT NULL,
	"job_at" bigint NOT NULL,
	"tenant_id" text NOT NULL,
	"user_id" text NOT NULL,
	"account_id" uuid,
	"payload" jsonb NOT NULL,
	"imap_secret" text,
	"smtp_secret" text,
	"result" jsonb,
	"accepted_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "sealed_uses" (
	"jwe_hash" text PRIMARY KEY NOT NULL,
	"queue" text NOT NULL,
	"job_id" text NOT NULL,
	"job_at" bigint NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sealing_keys" (
	"kid" text PRIMARY KEY NOT NULL,
	"public_jwk" jsonb NOT NULL,
	"private_key" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"replaced_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "sends" (
	"id" uuid PRIMARY KEY NOT NULL,
	"no" bigserial NOT NULL,
	"tenant_id" text NOT NULL,
	"user_id" text NOT NULL,
	"account_id" uuid NOT NULL,
	"idempotency_key" text NOT NULL,
	"content_hash" text NOT NULL,
	"message_id_header" text NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"holder" uuid,
	"content" jsonb,
	"refusal" jsonb,
	"response" text,
	"rejected" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"copy" text DEFAULT 'pending' NOT NULL,
	"send_at" timestamp with time zone,
	"next_try_at" timestamp with time zone DEFAULT now() NOT NULL,
	"give_up_at" timestamp with time zone NOT NULL,
	"data_sent_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sends_state" CHECK (state in ('queued', 'connecting', 'data-sent', 'accepted', 'failed', 'in-doubt', 'cancelled')),
	CONSTRAINT "sends_copy_state" CHECK (copy in ('pending', 'filing', 'filed', 'by-provider', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "users" (
	"tenant_id" text NOT NULL,
	"user_id" text NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	"order_at" bigint DEFAULT 0 NOT NULL,
	"order_key" text DEFAULT '' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_tenant_id_user_id_pk" PRIMARY KEY("tenant_id","user_id")
);
--> statement-breakpoint
ALTER TABLE "folders" ADD CONSTRAINT "folders_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "accounts_one_per_user" ON "accounts" USING btree ("tenant_id","user_id") WHERE "accounts"."state" <> 'disconnected';--> statement-breakpoint
CREATE INDEX "accounts_holder" ON "accounts" USING btree ("holder");--> statement-breakpoint
CREATE INDEX "accounts_due" ON "accounts" USING btree ("next_try_at") WHERE "accounts"."holder" is null and "accounts"."state" <> 'disconnected';--> statement-breakpoint
CREATE UNIQUE INDEX "events_user_seq" ON "events" USING btree ("tenant_id","user_id","user_seq");--> statement-breakpoint
CREATE INDEX "events_log" ON "events" USING btree ("tenant_id","cursor");--> statement-breakpoint
CREATE INDEX "events_unpublished" ON "events" USING btree ("no") WHERE "events"."published_at" is null;--> statement-breakpoint
CREATE INDEX "events_of_account" ON "events" USING btree ("account_id") WHERE "events"."type" like 'message.%';--> statement-breakpoint
CREATE INDEX "events_time" ON "events" USING btree ("time");--> statement-breakpoint
CREATE UNIQUE INDEX "folders_path" ON "folders" USING btree ("account_id","path");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_uid" ON "messages" USING btree ("account_id","folder_id","uid");--> statement-breakpoint
CREATE INDEX "messages_header" ON "messages" USING btree ("account_id","message_id_header");--> statement-breakpoint
CREATE UNIQUE INDEX "orders_job" ON "orders" USING btree ("queue","job_id","job_at");--> statement-breakpoint
CREATE INDEX "orders_open" ON "orders" USING btree ("accepted_at") WHERE "orders"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "orders_user" ON "orders" USING btree ("tenant_id","user_id");--> statement-breakpoint
CREATE INDEX "orders_ended" ON "orders" USING btree ("ended_at");--> statement-breakpoint
CREATE INDEX "sealed_uses_expires" ON "sealed_uses" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "sends_key" ON "sends" USING btree ("tenant_id","user_id","idempotency_key");--> statement-breakpoint
CREATE INDEX "sends_turn" ON "sends" USING btree ("account_id","no") WHERE "sends"."state" in ('queued', 'connecting', 'data-sent');--> statement-breakpoint
CREATE INDEX "sends_due" ON "sends" USING btree ("next_try_at") WHERE "sends"."state" = 'queued';--> statement-breakpoint
CREATE INDEX "sends_open" ON "sends" USING btree ("holder") WHERE "sends"."state" in ('connecting', 'data-sent');--> statement-breakpoint
CREATE UNIQUE INDEX "sends_one_at_a_time" ON "sends" USING btree ("account_id") WHERE "sends"."state" in ('connecting', 'data-sent');--> statement-breakpoint
CREATE INDEX "sends_copy" ON "sends" USING btree ("account_id") WHERE "sends"."state" = 'accepted' and "sends"."copy" in ('pending', 'filing');