# frozen_string_literal: true

require 'motia/durations'
require 'motia/json'
require 'motia/link'

module Motia
  # `emit`, `enqueue`, `cancel_emit` and `trigger`, bound to one attempt or, at module level, to the one that is running.
  class Emitter
    READERS = {
      'messageGroupId' => ->(value, _) { value.to_s },
      'delay' => Durations.method(:delay_ms),
      'at' => ->(value, _) { Durations.epoch_ms(value) },
      'ttl' => Durations.method(:delay_ms),
      'idempotencyKey' => ->(value, _) { value.to_s },
      'idempotencyScope' => ->(value, _) { value.to_s },
      'idempotencyTtl' => Durations.method(:delay_ms),
      'dedupKey' => ->(value, _) { value.to_s }
    }.freeze
    OPTIONS = READERS.keys.freeze
    CHOOSING = %w[idempotencyKey idempotencyScope dedupKey].freeze
    KNOWN = ['topic', 'type', 'data', *OPTIONS].flat_map { |name| [name, Spelling.snake(name)] }.uniq.freeze

    def initialize(call = nil)
      @call = call
    end

    # Publishes events; returns when every delivery is stored.
    #
    # Forms: `emit(topic: …, data: …)`, `emit({ topic: …, data: … })`, a list of those, `emit('topic', data)`. Keywords after
    # a topic that are no options are its data: `emit('quote.added', id: 1)`. More options of an event: `message_group_id`,
    # `delay` (ms or `"5m"`), `at` (a time), `ttl` (ms or `"5m"`), `idempotency_key`, `idempotency_scope` (`"global"` or
    # `"run"`), `idempotency_ttl` (ms or `"5m"`), `dedup_key`.
    #
    # @raise [ArgumentError, TypeError] the call has none of these forms
    # @raise [PayloadError] the data is not JSON
    # @return [nil]
    def call(*args, **options)
      events = forms(args, options).map { |event| described(event) }
      Link.ask(@call, 'emit', { 'events' => events.map(&:first) }, events.map(&:last).join)
      nil
    end

    # Takes back what was emitted and has not begun: `cancel(topic: …, idempotency_key: …)`, with `idempotency_scope` where
    # the emit had it, or `cancel(topic: …, dedup_key: …)`.
    #
    # @raise [ArgumentError] the call has none of these forms
    # @return [Integer] how many deliveries are cancelled
    def cancel(event = {}, **options)
      raise ArgumentError, "cancel_emit takes topic: … and a key, not #{event.inspect}" unless event.is_a?(Hash)

      event = Record.of(event).update(options)
      raise ArgumentError, "cancel_emit needs a 'topic', a non-empty text#{known(event)}" unless name?(event['topic'])

      refuse_unknown(event, ['topic', *CHOOSING], 'cancel_emit', "it takes topic, #{CHOOSING.join(', ')}")
      header, = Link.ask(@call, 'emit.cancel', { 'topic' => event['topic'].to_s, **read(event, CHOOSING) }, '')
      header['cancelled']
    end

    # Starts one Step by its id or name, durably.
    #
    # @return [EitherSpelling] `{id, traceId}`
    def trigger(step, data = nil, **fields)
      raise TypeError, "trigger takes the id or name of a Step, not #{step.inspect}" unless name?(step)

      data = fields if data.nil? && !fields.empty?
      header, = Link.ask(@call, 'trigger', { 'step' => step.to_s }, Json.encode(data, 'data'))
      EitherSpelling.of('id' => header['deliveryId'], 'traceId' => header['traceId'])
    end

    private

    def forms(args, options)
      first, *rest = args
      return [of_topic(first, rest, options)] if name?(first)
      raise ArgumentError, 'emit(topic, data) takes a topic first' unless rest.empty?

      case first
      when nil then [options]
      when Hash then [Record.of(first).update(options)]
      when Array then options.empty? ? first : raise(ArgumentError, 'a list of events takes no further options')
      else raise TypeError, "emit takes { topic: …, data: … }, a list of those or (topic, data), not #{first.class}"
      end
    end

    def of_topic(topic, data, options)
      raise ArgumentError, 'emit takes a topic and its data' if data.size > 1
      return { 'topic' => topic, 'data' => options } if data.empty? && options.any? { |name, _| !KNOWN.include?(name.to_s) }

      Record.of(options).update('topic' => topic).tap { |event| event['data'] = data.first unless data.empty? }
    end

    def described(event)
      raise TypeError, "an event is { topic: …, data: … }, not #{event.class}" unless event.is_a?(Hash)

      event = Record.of(event)
      topic = event['topic'] || event['type']
      raise ArgumentError, "an event needs a 'topic', a non-empty text#{known(event)}" unless name?(topic)

      payload = Json.encode(event['data'], 'data')
      [{ 'topic' => topic.to_s, 'bytes' => payload.bytesize, **options_of(event) }, payload]
    end

    def options_of(event)
      refuse_unknown(event, %w[topic type data] + OPTIONS, 'emit', "an event has topic, data, #{OPTIONS.join(', ')}")
      read(event, OPTIONS)
    end

    def read(event, names)
      names.to_h { |name| [name, Spelling.option(event, name)] }.compact.to_h do |name, value|
        [name, READERS.fetch(name).call(value, name)]
      end
    end

    def refuse_unknown(event, names, caller, known)
      unknown = event.keys.find { |name| !names.include?(name) && !names.include?(Spelling.camel(name)) }
      raise ArgumentError, "#{caller} does not know '#{unknown}'; #{known}" if unknown
    end

    def known(event)
      event.empty? ? '' : "; it has #{event.keys.join(', ')}"
    end

    def name?(value)
      (value.is_a?(String) || value.is_a?(Symbol)) && !value.empty?
    end
  end
end
