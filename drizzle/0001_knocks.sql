CREATE TABLE "knocks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"door" text NOT NULL,
	"site" text NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "asked" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "imap_door" text;--> statement-breakpoint
CREATE INDEX "knocks_door" ON "knocks" USING btree ("door","at");--> statement-breakpoint
CREATE INDEX "knocks_site" ON "knocks" USING btree ("site","at");--> statement-breakpoint
CREATE INDEX "accounts_imap_door" ON "accounts" USING btree ("imap_door");