// Function form and triggers form infer everything from the config.
import motia, { api, event, http, multiTriggerStep, queue, stateManager, step } from 'motia'

const quote = /** @type {const} */ ({ type: 'object', properties: { n: { type: 'number' } }, required: ['n'] })

export const add = api({ id: 'add', method: 'POST', path: '/a', schema: { body: quote } }, async ({ body }) => {
  body.n.toFixed()
  // @ts-expect-error: the body has no such field
  return body.nothing
})
export const rate = event({ id: 'rate', input: quote }, async ({ n }) => n.toFixed())
export const one = step({ name: 'One', triggers: [http('GET', '/x'), queue('t', { input: quote })] }, async (_input, ctx) =>
  ctx.match({ queue: (data) => data, default: () => null }),
)
// @ts-expect-error: an API Step needs a path
api({ id: 'pathless' }, () => 1)
// @ts-expect-error: no such kind of trigger
multiTriggerStep({ name: 'X', triggers: [] }).onHttps(() => 1)

export async function outside() {
  const { id } = await motia.trigger('rate', { n: 1 })
  // @ts-expect-error: a Step is started by its name
  await motia.trigger(7)
  return [id.length, await stateManager.get('k')]
}
