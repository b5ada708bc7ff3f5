# frozen_string_literal: true

require 'motia/emitter'
require 'motia/logger'
require 'motia/parameters'
require 'motia/state'
require 'motia/streams'
require 'motia/trigger_info'

module Motia
  # `ctx`: what a handler can use, for one attempt. Every member is known in camelCase too.
  class Context
    include BothSpellings

    def initialize(call)
      @call = call
    end

    # @return [String] the same along a whole run: http → event → …
    def trace_id
      @call.header['traceId'].to_s
    end

    # Publishes events; see {Emitter#call} for the forms.
    def emit(*args, **options)
      emitter.call(*args, **options)
    end
    alias enqueue emit

    # Takes back what was emitted and has not begun; see {Emitter#cancel}.
    #
    # @return [Integer] how many deliveries are cancelled
    def cancel_emit(*args, **options)
      emitter.cancel(*args, **options)
    end

    # {Motia.trigger} on behalf of this attempt.
    def trigger_step(step, data = nil, **fields)
      emitter.trigger(step, data, **fields)
    end

    # @return [Logger]
    def logger
      @logger ||= Logger.new(@call)
    end

    # @return [StateManager]
    def state
      @state ||= StateManager.new(@call, paired: @call.paired)
    end

    # @return [Streams]
    def streams
      @streams ||= Streams.new(@call)
    end

    # @return [TriggerInfo] what fired
    def trigger
      @trigger ||= TriggerInfo.new(@call)
    end

    # @return [Array<String>] the flows of this Step
    def flows
      @call.step.flows.dup
    end

    # @return [Integer] the number of this attempt, from 1
    def attempt
      @call.header.fetch('attempt', 1)
    end

    # @return [Integer] how many attempts came before this one
    def retry_count
      attempt - 1
    end

    # @return [Integer] how many attempts there may be in all
    def max_attempts
      @call.step.max_attempts
    end

    # @return [String] the name of this Step
    def step_name
      @call.step.name
    end

    # @return [String, nil] the topic of the event, when one fired
    def topic
      trigger.topic
    end

    # @return [String, nil] the delivery this is an attempt at; nothing for requests
    def delivery_id
      @call.header['deliveryId']
    end

    # @return [Integer, nil] the tick of the schedule in epoch milliseconds; nothing when started by hand
    def scheduled_time
      @call.header['scheduledTime']
    end

    # Whether the attempt should stop. A loop that computes looks here; where a handler waits, {Cancelled} is raised.
    def cancelled?
      @call.cancelled? == true
    end
    alias cancelled cancelled?

    # The payload whatever fired: the body of a request, the input otherwise, nothing for cron.
    def get_data
      @call.kind == 'http' ? @call.input['body'] : @call.input
    end

    # @!method http?
    #   Whether a request fired; likewise `queue? cron? state? stream?`, `api? event?` and `is_http` …
    { http: :http, api: :http, queue: :queue, event: :queue, cron: :cron, state: :state, stream: :stream }.each do |name, kind|
      define_method("#{name}?") { |_input = nil| trigger.type == kind.name }
      alias_method "is_#{name}", "#{name}?"
    end

    # Calls the function of the kind that fired, else `default`; its result is the result.
    #
    #   ctx.match(http: ->(request) { … }, queue: ->(data) { … }, cron: -> { … })
    #
    # `cron` is called without arguments, the others with the input.
    #
    # @raise [NoHandler] there is neither a function for the kind nor a `default`
    def match(functions = {}, **more)
      functions = { **functions, **more }
      kind = trigger.type
      chosen = functions.find { |name, _| Kinds.of(name) == kind } || functions.find { |name, _| name.to_s == 'default' }
      if chosen.nil?
        raise NoHandler, "No handler matched for trigger type: #{kind}. Available handlers: #{functions.keys.join(', ')}"
      end

      name, function = chosen
      Parameters.call(function, *(Kinds.of(name) == 'cron' ? [] : [@call.input]))
    end

    # For `ctx => { state:, logger: }`; `emit:` gives something to call.
    def deconstruct_keys(names)
      (names || %i[trace_id logger state streams flows attempt]).to_h do |name|
        [name, %i[emit enqueue cancel_emit].include?(name) ? method(name) : public_send(name)]
      end
    end

    def inspect
      "#<Motia::Context step=#{step_name.inspect} trace_id=#{trace_id.inspect}>"
    end

    private

    def emitter
      @emitter ||= Emitter.new(@call)
    end
  end
end
