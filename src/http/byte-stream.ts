/** A reader who takes nothing for this long has gone without saying so. */
const notTakenLimitMs = 60_000;

/**
 * Bytes as the body of an answer, pulled: the next chunk is made when the reader has taken the last one, so a slow reader
 * costs a chunk of memory, and one that goes away ends the work.
 * @param first what was read already. `gone` is aborted when nobody reads any more.
 */
export function byteStream(
  first: Buffer[],
  rest: AsyncGenerator<Buffer>,
  gone: AbortController,
): ReadableStream<Uint8Array> {
  const pending = [...first];
  let patience: NodeJS.Timeout | undefined;
  const end = () => {
    clearTimeout(patience);
    gone.abort();
    void rest.return(undefined).catch(() => {}); // it is over either way
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(patience);
        try {
          const chunk = pending.shift() ?? (await rest.next()).value;
          if (!chunk) {
            end();
            controller.close();
            return;
          }
          controller.enqueue(new Uint8Array(chunk));
          patience = setTimeout(() => {
            end();
            controller.error(new Error('the reader takes nothing'));
          }, notTakenLimitMs);
          patience.unref();
        } catch (error) {
          // The status was sent long ago: a connection that breaks off is the only way to say that this is not all.
          end();
          controller.error(error);
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}
