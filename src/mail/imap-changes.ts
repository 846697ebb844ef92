/** UIDs as ascending ranges, both ends inclusive. */
export type UidRanges = [first: number, last: number][];

/** What a server says of one message's flags; `modseq` is null where it does not number changes. */
export type FlagRow = { uid: number; flags: string[]; modseq: bigint | null };

/**
 * What changed in a folder since a modseq, new messages among it. `vanished` is null where the server cannot tell which
 * are gone (no QRESYNC); it may name UIDs that never were. `highestModseq` is the state that this brings the folder to.
 */
export type FolderChanges = { flags: FlagRow[]; vanished: UidRanges | null; highestModseq: bigint | null };
