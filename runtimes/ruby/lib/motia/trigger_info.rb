# frozen_string_literal: true

require 'motia/kinds'
require 'motia/spelling'

module Motia
  # What fired: `type` (`http`, `queue`, `cron`, `state`, `stream`), its `index` in the config, and where it came from.
  #
  # `path`, `method`, `topic` and `expression` are nothing where they do not apply; `manual` says that it was started by
  # hand, by `Motia.trigger`, the command line or the Workbench.
  class TriggerInfo
    attr_reader :type, :index, :manual, :path, :topic, :expression

    def initialize(call)
      config = call.trigger
      @type = Kinds.of(call.kind)
      @index = call.header.fetch('trigger', 0)
      @manual = call.header['kind'] == 'manual'
      @path = Spelling.option(config, 'path') if @type == 'http'
      @method = call.header['method'] if @type == 'http'
      @topic = call.header['topic'] || Spelling.option(config, 'topic') if @type == 'queue'
      @expression = Spelling.option(config, 'expression', 'cron', 'schedule') if @type == 'cron'
    end

    # The request's method; with a name, Ruby's own `method`.
    def method(*name)
      name.empty? ? @method : super
    end

    def manual?
      @manual
    end
  end
end
