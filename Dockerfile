FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /opt/milvus-cdc
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/gen/es gen/es
COPY --from=build /build/dist dist
# the user `node`; by its number, since Kubernetes cannot see from a name that it is not root
USER 1000
EXPOSE 8444
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
