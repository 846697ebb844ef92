/** The form of the Message-IDs that `messageNameOf` makes: 32 letters and digits before the `@`. */
export const looksLikeOurs = (header: string): boolean => /^<[A-Za-z0-9]{32}@/.test(header);
