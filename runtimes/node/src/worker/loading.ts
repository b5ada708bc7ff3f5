import { setStepsLoading } from '../author/runtime.js'
import type { FileRunner } from './file-runner.js'
import type { ProjectConfig } from './project-config.js'
import type { Steps } from './steps.js'
import type { StreamDefinitions } from './stream-definitions.js'

/** Answers `load`: the config first, then the files, one after another in the given order. */
export async function loadAll(
  header: Record<string, any>,
  runner: FileRunner,
  config: ProjectConfig,
  steps: Steps,
  streams: StreamDefinitions,
): Promise<void> {
  setStepsLoading(true)
  if (header.config !== undefined) await config.load(header.config)
  const ofStreams = new Set<string>(header.streams ?? [])
  for (const file of header.files) await (ofStreams.has(file) ? streams : steps).load(file)
  setStepsLoading(false)
  runner.send({ t: 'ready' })
}
