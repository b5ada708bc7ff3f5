import { MotiaConfig } from "motia";

const config: MotiaConfig = {
  state: {
    adapter: "redis",
    redis: { url: process.env.CHOIR_REDIS_URL },
  },
};

export default config;
