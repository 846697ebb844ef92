DROP INDEX "messages_unindexed";--> statement-breakpoint
CREATE INDEX "messages_unread_in_folder" ON "messages" USING btree ("account_id","folder_id","internal_date","id") WHERE "messages"."unread" and "messages"."uid" is not null;--> statement-breakpoint
CREATE INDEX "messages_with_attachments" ON "messages" USING btree ("account_id","internal_date","id") WHERE "messages"."has_attachments";--> statement-breakpoint
CREATE INDEX "messages_to_index" ON "messages" USING btree ("account_id","folder_id","internal_date") WHERE "messages"."index_wanted";