ALTER TABLE "folders" DROP CONSTRAINT "folders_mode";--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "rebuilding" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "folders" ADD CONSTRAINT "folders_mode" CHECK (mode in ('watched', 'kept', 'off', 'gone'));--> statement-breakpoint
-- Whoever was connected before has only been read from then on: the first sync is still to come.
UPDATE "accounts" SET "synced_at" = NULL;
