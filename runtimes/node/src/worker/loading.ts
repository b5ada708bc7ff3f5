import { setStepsLoading } from '../author/runtime.js'
import type { FileRunner } from './file-runner.js'
import type { ProjectConfig } from './project-config.js'
import type { Steps } from './steps.js'

/** Answers `load`: the config first, then the Step files, one after another in the given order. */
export async function loadAll(
  header: Record<string, any>,
  runner: FileRunner,
  config: ProjectConfig,
  steps: Steps,
): Promise<void> {
  setStepsLoading(true)
  if (header.config !== undefined) await config.load(header.config)
  for (const file of header.files) await steps.load(file)
  setStepsLoading(false)
  runner.send({ t: 'ready' })
}
