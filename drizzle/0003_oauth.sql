CREATE TABLE "oauth_attempts" (
	"id" text PRIMARY KEY NOT NULL,
	"order_id" uuid NOT NULL,
	"tenant_id" text NOT NULL,
	"user_id" text NOT NULL,
	"account_id" uuid NOT NULL,
	"email" text NOT NULL,
	"provider" text NOT NULL,
	"imap" jsonb NOT NULL,
	"smtp" jsonb NOT NULL,
	"locale" text NOT NULL,
	"return_url" text,
	"step" text DEFAULT 'open' NOT NULL,
	"state_hash" text,
	"browser_hash" text,
	"nonce" text,
	"verifier" text,
	"identity" jsonb,
	"refresh_token" text,
	"access_token" text,
	"access_until" timestamp with time zone,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "oauth_attempts_step" CHECK (step in ('open', 'started', 'exchanging', 'confirming', 'done'))
);
--> statement-breakpoint
CREATE TABLE "oauth_grants" (
	"owner_id" uuid PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"refresh_token" text,
	"access_token" text,
	"access_until" timestamp with time zone,
	"renewals" bigint DEFAULT 0 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "oauth_attempts_state" ON "oauth_attempts" USING btree ("state_hash");--> statement-breakpoint
CREATE INDEX "oauth_attempts_open" ON "oauth_attempts" USING btree ("expires_at") WHERE "oauth_attempts"."step" <> 'done';