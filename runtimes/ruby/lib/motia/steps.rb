# frozen_string_literal: true

require 'motia/errors'
require 'motia/kinds'
require 'motia/parameters'
require 'motia/record'
require 'motia/spelling'

module Motia
  # A Step that a file defines by calling `Motia.event(…) { … }`, `Motia.step(…) { … }` and the like.
  class StepDefinition
    # @return [String] `function` or `triggers`
    attr_reader :form
    # @return [Hash]
    attr_reader :config
    # @return [#call]
    attr_reader :handler

    class << self
      # Called with each definition that is made; the worker sets it while it loads a file.
      attr_accessor :on_new
    end

    # @raise [TypeError] the handler is no function
    def initialize(form, config, handler)
      raise TypeError, "a Step's config is a Hash, not #{config.class}" unless config.is_a?(Hash)
      raise TypeError, "a Step's handler is a function, not #{handler.class}" unless handler.respond_to?(:call)

      @form = form
      @config = config
      @handler = handler.is_a?(Proc) ? StepDefinition.function(handler) : handler
      StepDefinition.on_new&.call(self)
    end

    # Calls the handler, for unit tests.
    def call(*args, **keywords)
      @handler.call(*args, **keywords)
    end

    # A block as a function, in which `return` ends the handler. A plain block would try to end the file it stands in.
    def self.function(block)
      return block if block.lambda?

      Module.new { define_method(:handler, &block) }.instance_method(:handler).bind(block.binding.receiver)
    end
  end

  # `Motia.step(config)`: waits for its handler.
  class StepBuilder
    def initialize(config)
      @config = config
    end

    # @return [StepDefinition]
    def handle(handler = nil, &block)
      StepDefinition.new('triggers', @config, handler || block)
    end
  end

  # A handler made of one function per kind of trigger; `cron` takes `(ctx)`, all others `(input, ctx)`.
  class HandlerByTrigger
    def initialize(functions)
      @functions = functions
    end

    # The function for a kind of trigger.
    #
    # @raise [NoHandler] there is none
    def function_for(kind)
      @functions.fetch(Kinds.of(kind)) do
        known = @functions.empty? ? 'none' : @functions.keys.join(', ')
        raise NoHandler, "No handler defined for trigger type: #{kind}. Available handlers: #{known}"
      end
    end

    # Calls the function for the trigger that fired.
    def call(input, ctx)
      kind = ctx.trigger.type
      Parameters.call(function_for(kind), *(kind == 'cron' ? [ctx] : [input, ctx]))
    end
  end

  # `Motia.multi_trigger_step(config)`: collects one function per kind of trigger.
  class MultiTriggerStepBuilder
    include BothSpellings

    def initialize(config)
      @config = config
      @functions = {}
    end

    # @!method on_http(function = nil, &block)
    #   `(request, ctx)` runs for HTTP requests; likewise `on_queue on_state on_stream`. `on_cron` takes `(ctx)`.
    %w[http api queue event cron state stream].each do |kind|
      define_method("on_#{kind}") { |function = nil, &block| add(kind, function || block) }
    end

    # The finished Step.
    #
    # @raise [TypeError] `functions` names a kind of trigger that does not exist
    def handlers(functions = {}, **more)
      { **functions, **more }.each { |kind, function| add(kind.to_s, function) }
      StepDefinition.new('triggers', @config, HandlerByTrigger.new(@functions))
    end

    private

    def add(kind, function)
      raise TypeError, "there is no trigger type '#{kind}'" unless Kinds::KNOWN.key?(kind)
      raise TypeError, "on_#{kind} takes a block, not #{function.class}" unless function.respond_to?(:call)

      @functions[Kinds.of(kind)] = function.is_a?(Proc) ? StepDefinition.function(function) : function
      self
    end
  end
end
