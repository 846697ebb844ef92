CREATE TABLE "kept_answers" (
	"key_hash" text PRIMARY KEY NOT NULL,
	"content_hash" text NOT NULL,
	"nonce" text NOT NULL,
	"secret_hash" text NOT NULL,
	"answer" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "kept_answers_created" ON "kept_answers" USING btree ("created_at");