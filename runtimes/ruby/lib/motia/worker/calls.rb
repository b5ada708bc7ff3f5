# frozen_string_literal: true

require 'motia/kinds'
require 'motia/running_call'
require 'motia/worker/attempt'
require 'motia/worker/plan'

module Motia
  module Worker
    # The calls of one connection: frames that concern them come here, from the reading thread.
    class Calls
      # @param idle [#call] called when, after `drain`, the last call is over
      def initialize(connection, pool, surroundings, idle)
        @connection = connection
        @pool = pool
        @surroundings = surroundings
        @idle = idle
        @steps = {}
        @running = {}
        @turn = Mutex.new
        @draining = false
      end

      # Makes a Step known.
      def add(step)
        @steps[step.entry] = step
      end

      # Takes what the core made of the Steps.
      def bind(entries)
        entries.each do |entry, given|
          step = @steps[entry] or next

          step.binding_of_core = Binding.new((given['name'] || entry).to_s, given['flows'] || [],
                                             given['maxAttempts'] || 1, given['validation'], given['checks'])
        end
      end

      # Takes a `call` frame.
      #
      # @raise [KeyError] it lacks what every call has
      def start(header, body)
        id = header.fetch('id')
        return refuse(id, 'Ruby has no project config and so no hooks') if header['kind'] == 'hook'

        step = @steps[header.fetch('entry')]
        plan = step&.plan(header.fetch('trigger', 0))
        if plan.nil?
          return refuse(id, step ? "the Step '#{step.entry}' has no handler" : "there is no Step '#{header['entry']}' here")
        end

        call = RunningCall.new(id, kind_of(header, plan), header, step.binding_of_core, plan.trigger, paired: plan.paired)
        by_hand = header['kind'] == 'manual'
        call.outlet = by_hand ? UnreadBody.new : Body.new(@connection, id) if call.kind == 'http'
        @turn.synchronize { @running[id] = call }
        attempt = Attempt.new(call, plan, body, @surroundings, by_hand: by_hand)
        @pool.run { run(attempt, id) }
      end

      # Takes a `cancel` frame.
      def cancel(id)
        @turn.synchronize { @running[id] }&.cancel
      end

      # Takes a `credit` frame.
      def credit(id, count)
        @turn.synchronize { @running[id] }&.outlet&.credit(count)
      end

      # Takes a `drain` frame.
      def drain
        @turn.synchronize { @draining = true }
        leave_if_idle
      end

      private

      def run(attempt, id)
        attempt.run
      ensure
        @turn.synchronize { @running.delete(id) }
        leave_if_idle
      end

      def leave_if_idle
        @idle.call if @turn.synchronize { @draining && @running.empty? }
      end

      def kind_of(header, plan)
        kind = header.fetch('kind')
        Kinds.of(kind == 'manual' ? header['as'] || plan.kind : kind)
      end

      def refuse(id, message)
        failed = { 't' => 'failed', 'id' => id, 'reason' => 'no-handler',
                   'error' => { 'name' => 'NoHandler', 'message' => message } }
        @connection.send_frame(Json.encode(failed))
      end
    end
  end
end
