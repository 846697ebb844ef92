const origin = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/**
 * Who may show a page in a frame, as a directive of its policy: `self`, and what is exactly an origin. Anything else in
 * a tenant's list could end the directive and begin another.
 */
export function frameAncestors(origins: readonly string[], { self }: { self: boolean }): string {
  const frames = origins.filter((one) => origin.test(one) && URL.canParse(one) && new URL(one).origin === one);
  const all = [...(self ? ["'self'"] : []), ...frames];
  return `frame-ancestors ${all.length > 0 ? all.join(' ') : "'none'"}`;
}
