# frozen_string_literal: true

require 'motia/context'
require 'motia/errors'

module Motia
  # What the core made of a Step that was found. `validation` is `enforce`, `warn`, `off` or nothing.
  Binding = Struct.new(:name, :flows, :max_attempts, :validation, :checks) do
    # The parts of a request that the worker asks the core to check, for a trigger by its index.
    def checks_of(trigger)
      (checks || {}).fetch(trigger.to_s, [])
    end
  end


  # One attempt at a Step.
  class RunningCall
    # @return [Integer] the call's number on this connection
    attr_reader :id
    # @return [String] what started it, or what stands in when it was started by hand: `http`, `queue`, `cron` …
    attr_reader :kind
    # @return [Hash] the call as the core sent it
    attr_reader :header
    # @return [Binding]
    attr_reader :step
    # @return [Hash] the config of the trigger that fired
    attr_reader :trigger
    # @return [Boolean] whether `state.set` answers with `{old_value, new_value}` (triggers form)
    attr_reader :paired
    # @return [Hash] what the handler printed without a line end yet, by stream and thread
    attr_reader :printed
    attr_accessor :input, :outlet

    def initialize(id, kind, header, step, trigger, paired:)
      @id = id
      @kind = kind
      @header = header
      @step = step
      @trigger = trigger
      @paired = paired
      @printed = {}
      @turn = Mutex.new
    end

    def context
      @context ||= Context.new(self)
    end

    def cancelled?
      @cancelled
    end

    # Whether the attempt has been answered; what goes on after it belongs to no call.
    def over?
      @over
    end

    # The calling thread runs the handler from now on.
    def begin
      @turn.synchronize { @thread = Thread.current }
    end

    # From now on no {Cancelled} is raised in the thread.
    def finish
      @turn.synchronize do
        @over = true
        @thread = nil
      end
    end

    # Tells the attempt to stop: the flag is set, and {Cancelled} is raised at the next place where its thread waits.
    def cancel
      @turn.synchronize do
        next if @over || @cancelled

        @cancelled = true
        @thread&.raise(Cancelled, 'the call was cancelled')
      end
    end
  end
end
