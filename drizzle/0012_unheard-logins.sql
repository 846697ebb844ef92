ALTER TABLE "accounts" ADD COLUMN "silent_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "knocks" ADD COLUMN "unheard" boolean DEFAULT false NOT NULL;