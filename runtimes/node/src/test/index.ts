/** For tests of a project, run by vitest, jest or others: `motia/test`, also as `@motiadev/test` (TST-1). */
export {
  type MockContext,
  type MockLogger,
  type MockOptions,
  createMockContext,
  createMockFlowContext,
  createMockLogger,
  createMockRedisClient,
  setupLoggerMock,
} from './mock-context.js'
export type { Spy } from './spy.js'
export {
  type CapturedEvent,
  type MotiaTester,
  type RequestOptions,
  type TesterOptions,
  type TestResponse,
  type Watcher,
  createMotiaTester,
} from './tester.js'
