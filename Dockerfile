# Postbud as an image: the sources as they are (Node strips the types), the packages that run, and nothing else.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts/patch-postgres.mjs ./scripts/
# The optional package is the embedded Postgres, which a container has no use for. No package needs its install script.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && node scripts/patch-postgres.mjs

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production \
    POSTBUD_HTTP=0.0.0.0:3040
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY drizzle ./drizzle
COPY docs ./docs
COPY src ./src
# Owned by root and run by nobody in particular: the process cannot change its own code, and writes no file.
USER node
EXPOSE 3040
# It lives; whether it can reach everything is /readyz, and no reason to be killed.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.POSTBUD_HTTP.split(':').at(-1)}/healthz`).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
# Exec form: SIGTERM reaches Node itself, which hands its mailboxes over and finishes its jobs.
CMD ["node", "src/main.ts"]
