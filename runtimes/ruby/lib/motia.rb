# frozen_string_literal: true

require 'motia/version'
require 'motia/context'
require 'motia/emitter'
require 'motia/errors'
require 'motia/logger'
require 'motia/request'
require 'motia/response'
require 'motia/state'
require 'motia/steps'
require 'motia/streams'
require 'motia/triggers'

# What a Step file uses. Every name is known in camelCase too: `Motia.stateManager`.
#
#   Motia.event(id: 'thumb', schema: { url: String }) { |input, ctx| ctx.logger.info('thumb', url: input.url) }
module Motia
  extend BothSpellings

  class << self
    # @!method api(*args, **options, &handler)
    #   With a block: a Step started by requests. Without: an HTTP trigger, `Motia.api('GET', '/quotes')`.
    # @!method event(*args, **options, &handler)
    #   With a block: a Step started by events and by {trigger}. Without: a queue trigger, `Motia.queue('topic')`.
    # @!method cron(*args, **options, &handler)
    #   With a block: a Step started on schedule. Without: a cron trigger, `Motia.cron('0 * * * *')`.
    # @!method noop(*args, **options, &handler)
    #   A Step started by hand and by {trigger} only.
    # @!method state(*args, **options, &handler)
    #   A trigger for changes of state, `Motia.state(group_id: 'orders')`.
    # @!method stream(*args, **options, &handler)
    #   A trigger for changes of a stream, `Motia.stream('chat')`.
    Triggers::POSITIONAL.each_key do |type|
      define_method(type) { |*args, **options, &handler| Triggers.make(type, args, options, handler) }
    end

    # A Step in triggers form: `Motia.step(config) { |input, ctx| … }`, or `Motia.step(config).handle { … }`.
    #
    # @param config [Hash] with `triggers`
    # @return [StepDefinition, StepBuilder]
    def step(config, handler = nil, &block)
      builder = StepBuilder.new(config)
      handler || block ? builder.handle(handler, &block) : builder
    end

    # A Step in triggers form with one function per kind of trigger:
    # `Motia.multi_trigger_step(config).on_queue { |data, ctx| … }.on_cron { |ctx| … }.handlers`.
    def multi_trigger_step(config)
      MultiTriggerStepBuilder.new(config)
    end

    # Publishes events; see {Emitter#call} for the forms.
    def emit(*args, **options)
      Emitter.new.call(*args, **options)
    end
    alias enqueue emit

    # Takes back what was emitted and has not begun; see {Emitter#cancel}.
    def cancel_emit(*args, **options)
      Emitter.new.cancel(*args, **options)
    end

    # Starts one Step by its id or name, durably. Returns `{id, traceId}` when the start is stored, not when it ran.
    #
    # @raise [CoreError] there is no such Step
    def trigger(step, data = nil, **fields)
      Emitter.new.trigger(step, data, **fields)
    end

    # @return [Logger] of the attempt that is running here, if any
    def logger
      @logger ||= Logger.new
    end

    # @return [StateManager] whose `set` answers with `{old_value, new_value}`
    def state_manager
      @state_manager ||= StateManager.new
    end

    # The context of the attempt that is running here.
    #
    # @return [Context]
    # @raise [NotConnected] none is
    def context
      call = Current.call
      raise NotConnected, 'no Step is running here' if call.nil? || call.over?

      call.context
    end
    alias get_context context
  end
end
