DROP INDEX "sends_one_at_a_time";--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "lane" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "tried_at" timestamp with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "sends_lane" ON "sends" USING btree ("account_id","lane") WHERE "sends"."state" in ('connecting', 'data-sent');