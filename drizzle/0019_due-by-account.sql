DROP INDEX "sends_due";--> statement-breakpoint
CREATE INDEX "sends_wait" ON "sends" USING btree ("account_id","next_try_at") WHERE "sends"."state" = 'queued';