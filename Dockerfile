FROM node:20-bookworm-slim AS build
WORKDIR /opt/opencapf
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY packages packages
COPY test test
RUN npm ci --ignore-scripts --no-audit --no-fund \
 && npm run build \
 && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
RUN useradd --system --home-dir /var/lib/opencapf --create-home opencapf
WORKDIR /opt/opencapf
COPY --from=build /opt/opencapf /opt/opencapf
USER opencapf
ENV NODE_ENV=production OPENCAPF_DATA_DIR=/var/lib/opencapf
VOLUME /var/lib/opencapf
EXPOSE 3804 8443
CMD ["node", "packages/cli/bin/opencapf.js", "serve"]
