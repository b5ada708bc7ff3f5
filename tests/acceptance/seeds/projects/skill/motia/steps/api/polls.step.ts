import { ApiRouteConfig, StepHandler } from "motia";

type Poll = { question: string };

export const config: ApiRouteConfig = { type: "api", name: "Song Polls", path: "/polls", method: "POST" };

export const handler: StepHandler<typeof config> = async (req, { state }) => {
  await state.set("polls", "first", { question: req.body.question });
  await state.set("polls", "second", { question: "again?" });
  const first = await state.get<Poll>("polls", "first");
  const all = await state.getGroup<Poll>("polls");
  await state.delete("polls", "second");
  const left = await state.getGroup<Poll>("polls");
  return { status: 200, body: { first, all, left } };
};
