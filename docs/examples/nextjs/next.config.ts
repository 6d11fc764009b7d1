import type { NextConfig } from "next";

// What a strict policy must let through: the component's script, and its calls to the gateway. It loads nothing else,
// and needs no style of another origin. Next.js itself wants inline scripts; 'unsafe-eval' is for its development server.
const gateway = process.env.GATEWAY_URL ?? "http://localhost:7070";
const development = process.env.NODE_ENV === "development";
const policy = [
  "default-src 'self'",
  `script-src 'self' 'unsafe-inline' ${development ? "'unsafe-eval' " : ""}${gateway}`,
  `connect-src 'self' ${gateway}${development ? " ws:" : ""}`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

const config: NextConfig = {
  headers: async () => [{ source: "/:path*", headers: [{ key: "Content-Security-Policy", value: policy }] }],
};

export default config;
