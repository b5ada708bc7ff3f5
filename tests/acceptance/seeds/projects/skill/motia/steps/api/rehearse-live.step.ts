import { ApiRouteConfig, StepHandler } from "motia";

export const config: ApiRouteConfig = { type: "api", name: "Rehearse Live", path: "/live", method: "POST" };

export const handler: StepHandler<typeof config> = async (req, { streams }) => {
  const { rehearsalProgress } = streams;
  await rehearsalProgress.set({ verse: "first", progress: 50 });
  await rehearsalProgress.set({ verse: "last", progress: 100, result: { clean: true } });
  return { status: 200, body: await rehearsalProgress.get() };
};
