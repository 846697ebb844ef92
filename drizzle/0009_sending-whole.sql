CREATE TABLE "blob_chunks" (
	"blob_id" uuid NOT NULL,
	"no" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "blob_chunks_blob_id_no_pk" PRIMARY KEY("blob_id","no")
);
--> statement-breakpoint
CREATE TABLE "blobs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"hash" text,
	"size" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "send_blobs" (
	"send_id" uuid NOT NULL,
	"blob_id" uuid NOT NULL,
	CONSTRAINT "send_blobs_send_id_blob_id_pk" PRIMARY KEY("send_id","blob_id")
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"blob_id" uuid NOT NULL,
	"filename" text NOT NULL,
	"content_type" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "delivered" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "look_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "looks" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "original" jsonb;--> statement-breakpoint
ALTER TABLE "blob_chunks" ADD CONSTRAINT "blob_chunks_blob_id_blobs_id_fk" FOREIGN KEY ("blob_id") REFERENCES "public"."blobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "send_blobs" ADD CONSTRAINT "send_blobs_send_id_sends_id_fk" FOREIGN KEY ("send_id") REFERENCES "public"."sends"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "send_blobs" ADD CONSTRAINT "send_blobs_blob_id_blobs_id_fk" FOREIGN KEY ("blob_id") REFERENCES "public"."blobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_blob_id_blobs_id_fk" FOREIGN KEY ("blob_id") REFERENCES "public"."blobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "blobs_content" ON "blobs" USING btree ("tenant_id","hash");--> statement-breakpoint
CREATE INDEX "blobs_created" ON "blobs" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "send_blobs_blob" ON "send_blobs" USING btree ("blob_id");--> statement-breakpoint
CREATE INDEX "uploads_expired" ON "uploads" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "uploads_blob" ON "uploads" USING btree ("blob_id");--> statement-breakpoint
CREATE INDEX "events_of_send" ON "events" USING btree (("data"->>'sendId')) WHERE "events"."type" like 'send.%';--> statement-breakpoint
CREATE INDEX "sends_of_user" ON "sends" USING btree ("tenant_id","user_id","no");--> statement-breakpoint
CREATE INDEX "sends_header" ON "sends" USING btree ("account_id","message_id_header");--> statement-breakpoint
CREATE INDEX "sends_look" ON "sends" USING btree ("look_at") WHERE "sends"."look_at" is not null;--> statement-breakpoint
CREATE INDEX "sends_original" ON "sends" USING btree ("account_id") WHERE "sends"."state" = 'accepted' and "sends"."original" is not null;