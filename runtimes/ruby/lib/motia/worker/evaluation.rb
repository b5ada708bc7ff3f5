# frozen_string_literal: true

# Evaluates a Step file's text. This stands outside `module Motia`, and has one odd local variable, because evaluated text
# sees the constants and variables of the place that evaluates it: `Logger` in a Step is Ruby's Logger, not ours.
#
# It is a method, so that `return` at the file's top level ends the file and nothing else.
def (Motia::Worker::StepFile).evaluate(_motia_file)
  _motia_file.space.module_eval(_motia_file.source, _motia_file.path, 1)
end
