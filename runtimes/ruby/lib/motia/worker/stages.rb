# frozen_string_literal: true

require 'motia/parameters'
require 'motia/worker/cancellation'
require 'motia/worker/results'
require 'motia/worker/validation'

module Motia
  module Worker
    # Everything that may come between a trigger and a handler: middleware, condition, validation.
    class Stages
      CONDITION_NOT_MET = { 'status' => 422,
                            'body' => { 'error' => 'Request condition not met', 'skipped' => true } }.freeze

      # @param call [RunningCall]
      # @param plan [Plan]
      # @param asks [Asks]
      def initialize(call, plan, asks)
        @call = call
        @plan = plan
        @validation = Validation.new(call, plan, asks)
      end

      # The result of the call, from the outermost middleware inwards.
      #
      # @raise [InvalidInput] the input does not fit (of requests, that is an ordinary response)
      # @raise [Exception] whatever the author's functions raise
      def run(given)
        @plan.middleware.empty? ? innermost(given) : layer(0, given)
      end

      private

      def layer(index, given)
        return seen_by_middleware(innermost(given)) if index == @plan.middleware.size

        following = Next.new(given) { |data| layer(index + 1, data) }
        result = authors { Parameters.call(@plan.middleware[index], given, @call.context, following, &following) }
        return following.result if result.nil? && following.called?

        seen_by_middleware(result)
      end

      def innermost(given)
        @call.input = given
        return (CONDITION_NOT_MET if http?) unless holds?(given)

        given = @call.input = @validation.checked(given)
        authors { @plan.arguments.give_to(@plan.handler, @call, given) }
      rescue InvalidInput => e
        raise unless http?

        { 'status' => 400, 'body' => { 'error' => 'Validation failed', 'details' => e.details } }
      end

      def holds?(given)
        return true if @plan.condition.nil?

        authors { Parameters.call(@plan.condition, given, @call.context) } != false
      end

      def seen_by_middleware(result)
        !http? || @call.outlet.begun? ? result : Results.response(result)
      end

      def authors(&block)
        Cancellation.exposed(&block)
      end

      def http?
        @call.kind == 'http'
      end
    end

    # `next` of one middleware: `nxt.call`, `nxt.()` or, in a method, `yield`; given data replaces what the next one gets.
    class Next
      attr_reader :result

      def initialize(given, &proceed)
        @given = given
        @proceed = proceed
        @called = false
      end

      def called?
        @called
      end

      # What comes further in.
      #
      # @raise [RuntimeError] the second time
      def call(data = @given)
        raise 'next was called twice' if @called

        @called = true
        Cancellation.shielded { @result = @proceed.call(data) }
      end

      def to_proc
        ->(data = @given) { call(data) }
      end
    end
  end
end
