/** What the project puts before routing: `middleware.pre`, then what `app` registers (MW-7 to MW-12). */
import { AsyncResource } from 'node:async_hooks'
import { connectedCore } from '../author/runtime.js'
import { HookApp } from '../express/app.js'
import { HookRequest } from '../express/hook-request.js'
import { HookResponse } from '../express/hook-response.js'
import { type Layer, middlewareOf, runLayers } from '../express/layers.js'
import type { Attempt } from './attempt.js'
import { cancellation } from './cancellation.js'
import { ConfigError } from './config-json.js'
import { failureFields } from './errors.js'
import type { EncodedResponse } from './http-result.js'

/** What came of a request: an answer, one that was sent in pieces, or the JSON to go on with. */
export type HookOutcome = { answer: EncodedResponse } | { streamed: true } | { passed: string }

export class RequestHook {
  readonly #layers: Layer[]
  readonly #app: HookApp

  private constructor(layers: Layer[], app: HookApp) {
    this.#layers = layers
    this.#app = app
  }

  /** Undefined when the config has nothing to run. */
  static async of(config: Record<string, any>): Promise<RequestHook | undefined> {
    const pre = config.middleware?.pre ?? undefined
    const register = config.app ?? undefined
    if (pre === undefined && register === undefined) return undefined
    if (register !== undefined && typeof register !== 'function')
      throw new ConfigError(`config.app is no function but ${typeof register}; write app: (app) => { app.use(...) }`, ['app'])
    const before = pre === undefined ? [] : layersOf(pre)
    const app = new HookApp()
    await register?.(app)
    return new RequestHook([...before, ...app.layers], app)
  }

  run(attempt: Attempt): Promise<HookOutcome> {
    const request = new HookRequest(attempt.header, attempt.body, this.#app)
    attempt.input = request
    const outcome = new Promise<HookOutcome>((resolve, reject) => {
      const response = new HookResponse(
        {
          whole: (answer) => resolve({ answer }),
          openStream: () => attempt.createSender(),
          streamed: () => resolve({ streamed: true }),
          broken: reject,
        },
        request,
      )
      request.res = response
      // Middleware cannot be stopped, but nobody waits for it any longer.
      attempt.onCancel(AsyncResource.bind(() => void response.destroy(cancellation(attempt.cancelled!))))
      const pass = (): void => {
        const headers = response.pass()
        resolve({ passed: `{"headers":${JSON.stringify(headers)},"properties":${request.putMembers()}}` })
      }
      runLayers(this.#layers, request, response, (thrown) => reportLate(thrown, attempt))
        .then(pass)
        .catch(reject)
    })
    return outcome.finally(() => request.close())
  }
}

/** A function that is missing here may be what keeps others out: nothing is left out quietly. */
function layersOf(pre: unknown): Layer[] {
  try {
    return middlewareOf(pre, 'config.middleware.pre').map((run) => ({ run }))
  } catch (error) {
    throw new ConfigError((error as Error).message, ['middleware', 'pre'])
  }
}

function reportLate(thrown: unknown, attempt: Attempt): void {
  const { name, message, stack, code } = failureFields(thrown)
  const text = `Middleware failed after the request had gone on: ${message}`
  connectedCore()?.log('error', text, { name, message, stack, code }, 'logger', attempt)
}
